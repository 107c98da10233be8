//! The lock of `src/sys`, on a model of the kernel's futexes.

#[path = "../../../src/sys/word_lock.rs"]
pub(crate) mod word_lock;

/// Futexes as the kernel promises them: looking at the word and going to sleep is one
/// step, as seen by who wakes.
pub(crate) mod futex {
    use std::ffi::c_int;

    use crate::sync::atomic::{AtomicU32, Ordering};
    use crate::sync::{Condvar, Mutex};

    loom::lazy_static! {
        static ref SLEEPERS: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
    }

    /// Waits until somebody wakes, unless the word's value is not `expected`.
    pub(crate) fn wait(word: &AtomicU32, expected: u32) {
        let guard = SLEEPERS.0.lock().expect("no thread fails");
        if word.load(Ordering::Relaxed) == expected {
            drop(SLEEPERS.1.wait(guard));
        }
    }

    /// Wakes one waiter.
    pub(crate) fn wake(_word: &AtomicU32, count: c_int) {
        assert_eq!(count, 1);
        drop(SLEEPERS.0.lock());
        SLEEPERS.1.notify_one();
    }
}

/// Nobody forks here.
pub(crate) mod fork {
    /// There is one process.
    pub(crate) fn identity() -> (u32, u32) {
        (0, 0)
    }
}
