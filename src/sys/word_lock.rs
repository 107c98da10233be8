//! A lock in a word. `tools/models` checks it.

use super::futex::{wait, wake};
use crate::sync::atomic::{AtomicU32, Ordering};

/// Nobody has the lock.
const FREE: u32 = 0;
/// Somebody has it.
const HELD: u32 = 1;
/// Somebody has it, and others may wait.
const CONTENDED: u32 = 2;

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
