//! Waiting for a word in memory to change.

use std::ffi::c_int;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

/// Nobody has the lock.
const FREE: u32 = 0;
/// Somebody has it.
const HELD: u32 = 1;
/// Somebody has it, and others may wait.
const CONTENDED: u32 = 2;

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

/// A lock in a word that is 0 while nobody has it.
pub(crate) struct WordLock<'a>(&'a AtomicU32);

impl<'a> WordLock<'a> {
    /// Takes the lock, which is given back when the value is dropped.
    #[inline]
    pub(crate) fn hold(word: &'a AtomicU32) -> Self {
        if word.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed).is_err() {
            while word.swap(CONTENDED, Ordering::Acquire) != FREE {
                wait(word, CONTENDED);
            }
        }
        Self(word)
    }
}

impl Drop for WordLock<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.swap(FREE, Ordering::Release) == CONTENDED {
            wake(self.0, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::sync::Arc;

    struct Counter {
        lock: AtomicU32,
        value: Cell<u32>,
    }

    // SAFETY: the value is touched with the lock held only.
    unsafe impl Sync for Counter {}

    #[test]
    fn the_lock_excludes_others() {
        let counter = Arc::new(Counter { lock: AtomicU32::new(FREE), value: Cell::new(0) });
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
        assert_eq!(counter.lock.load(Ordering::Relaxed), FREE);
    }
}
