//! Telling a process from the one that made it.

#[cfg(feature = "runtime")]
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Which process this is: equal only in the process that asked and, where it was made
/// by `fork()`, in no parent or child of it.
///
/// The number of a process alone says less: the first one of two name spaces has the
/// same. In a host it has to do, because forks are the host's business.
pub(crate) fn identity() -> (u32, u32) {
    (std::process::id(), forks())
}

/// How often this process and those before it were forked, since somebody asked.
#[cfg(feature = "runtime")]
fn forks() -> u32 {
    static FORKS: AtomicU32 = AtomicU32::new(0);
    static IS_COUNTING: AtomicBool = AtomicBool::new(false);
    extern "C" fn count() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    if !IS_COUNTING.load(Ordering::Relaxed) && !IS_COUNTING.swap(true, Ordering::Relaxed) {
        // SAFETY: the function may run in any child, and is there as long as the library.
        // Without memory for it the number has to do.
        unsafe { libc::pthread_atfork(None, None, Some(count)) };
    }
    FORKS.load(Ordering::Relaxed)
}

#[cfg(not(feature = "runtime"))]
fn forks() -> u32 {
    0
}
