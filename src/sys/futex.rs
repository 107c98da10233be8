//! Waiting for a word in memory to change.

use std::ffi::c_int;
use std::ptr;
use std::sync::atomic::AtomicU32;

/// Waits until somebody wakes the word, unless its value is not `expected`. May
/// return without reason.
pub(crate) fn wait(word: &AtomicU32, expected: u32) {
    futex(word, libc::FUTEX_WAIT, expected);
}

/// Wakes up to `count` waiters.
pub(crate) fn wake(word: &AtomicU32, count: c_int) {
    futex(word, libc::FUTEX_WAKE, count.cast_unsigned());
}

/// futex(2). Every outcome makes the caller look at the word again.
fn futex(word: &AtomicU32, operation: c_int, argument: u32) {
    // SAFETY: the word is alive during the call; there is no timeout.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            operation | libc::FUTEX_PRIVATE_FLAG,
            argument,
            ptr::null::<libc::timespec>(),
        )
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::word_lock::WordLock;
    use std::cell::Cell;
    use std::sync::Arc;
    use std::sync::atomic::Ordering;

    struct Counter {
        lock: AtomicU32,
        value: Cell<u32>,
    }

    // SAFETY: the value is touched with the lock held only.
    unsafe impl Sync for Counter {}

    #[test]
    fn a_lock_made_of_it_excludes_others() {
        let counter = Arc::new(Counter { lock: AtomicU32::new(0), value: Cell::new(0) });
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let counter = Arc::clone(&counter);
                std::thread::spawn(move || {
                    for _ in 0..10_000 {
                        let _held = WordLock::hold(&counter.lock);
                        counter.value.set(counter.value.get() + 1);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("the thread does not fail");
        }
        assert_eq!(counter.value.get(), 40_000);
        assert_eq!(counter.lock.load(Ordering::Relaxed), 0);
    }
}
