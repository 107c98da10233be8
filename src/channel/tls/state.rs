//! The lock of a session, and the flags that go with it, in one word.
//!
//! GnuTLS allows one reader and one writer at once, but changes keys behind their
//! backs, so that every use of a session needs a lock. The session is the host's,
//! and the C struct of the channel has four bytes to spare: this word.
//!
//! | bits | content |
//! |---|---|
//! | 0-1 | the lock: free, held, held and waited for |
//! | 2-9 | the look-ahead byte |
//! | 10-15 | flags |
//! | 16-30 | the write credit |
//!
//! Everything but the lock's own bits changes only while the lock is held.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::sys::futex;

const LOCK: u32 = 0b11;
const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

const BYTE_SHIFT: u32 = 2;
const BYTE: u32 = 0xff << BYTE_SHIFT;

const CREDIT_SHIFT: u32 = 16;
const CREDIT: u32 = 0x7fff << CREDIT_SHIFT;

/// A condition of a channel.
#[derive(Clone, Copy)]
pub(super) struct Flags(u32);

impl Flags {
    /// There is a look-ahead byte.
    pub(super) const LOOKAHEAD: Self = Self(1 << 10);
    /// The last read filled its buffers: there may be more of the record.
    pub(super) const FULL: Self = Self(1 << 11);
    /// A read is inside the session.
    pub(super) const READING: Self = Self(1 << 12);
    /// The transport must not be read from.
    pub(super) const GATE: Self = Self(1 << 13);
    /// The transport said that it would block.
    pub(super) const BLOCKED: Self = Self(1 << 14);
    /// The transport has ended.
    pub(super) const ENDED: Self = Self(1 << 15);

    /// Both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The word of one channel.
#[derive(Clone, Copy)]
pub(super) struct State<'a>(pub(super) &'a AtomicU32);

/// The lock, held until dropped.
pub(super) struct Guard<'a>(State<'a>);

impl<'a> State<'a> {
    /// Takes the lock.
    #[inline]
    pub(super) fn lock(self) -> Guard<'a> {
        self.acquire();
        Guard(self)
    }

    /// Takes the lock without a guard, to give it back to whoever released it.
    #[inline]
    pub(super) fn acquire(self) {
        let word = self.0.load(Ordering::Relaxed);
        let taken = word & LOCK == FREE
            && self
                .0
                .compare_exchange(word, word | HELD, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        if !taken {
            self.acquire_slowly();
        }
    }

    #[cold]
    fn acquire_slowly(self) {
        let mut word = self.0.load(Ordering::Relaxed);
        // Whoever has waited cannot know that nobody else does.
        let mut bits = HELD;
        loop {
            let wanted = match word & LOCK {
                FREE => word | bits,
                _ => word & !LOCK | CONTENDED,
            };
            let exchange =
                self.0.compare_exchange_weak(word, wanted, Ordering::Acquire, Ordering::Relaxed);
            word = match exchange {
                Ok(_) if word & LOCK == FREE => return,
                Ok(_) => {
                    futex::wait(self.0, wanted);
                    bits = CONTENDED;
                    self.0.load(Ordering::Relaxed)
                }
                Err(current) => current,
            };
        }
    }

    /// Gives the lock back.
    #[inline]
    pub(super) fn release(self) {
        let word = self.0.fetch_and(!LOCK, Ordering::Release);
        if word & LOCK == CONTENDED {
            futex::wake(self.0, 1);
        }
    }

    /// Whether one of `flags` is set. Without the lock the answer may be old.
    #[inline]
    pub(super) fn has(self, flags: Flags) -> bool {
        self.0.load(Ordering::Relaxed) & flags.0 != 0
    }

    /// Sets `flags`; the caller holds the lock.
    #[inline]
    pub(super) fn set(self, flags: Flags) {
        self.0.fetch_or(flags.0, Ordering::Relaxed);
    }

    /// Clears `flags`; the caller holds the lock.
    #[inline]
    pub(super) fn clear(self, flags: Flags) {
        self.0.fetch_and(!flags.0, Ordering::Relaxed);
    }
}

impl<'a> Guard<'a> {
    /// The word.
    #[inline]
    pub(super) fn state(&self) -> State<'a> {
        self.0
    }

    /// Takes the look-ahead byte, if there is one.
    pub(super) fn take_lookahead(&self) -> Option<u8> {
        let state = self.0;
        let word = state.0.load(Ordering::Relaxed);
        if word & Flags::LOOKAHEAD.0 == 0 {
            return None;
        }
        state.0.fetch_and(!(Flags::LOOKAHEAD.0 | BYTE), Ordering::Relaxed);
        Some(((word & BYTE) >> BYTE_SHIFT) as u8)
    }

    /// Keeps a look-ahead byte; there must be none.
    pub(super) fn keep_lookahead(&self, byte: u8) {
        let bits = Flags::LOOKAHEAD.0 | u32::from(byte) << BYTE_SHIFT;
        self.0.0.fetch_or(bits, Ordering::Relaxed);
    }

    /// How many bytes were sent that no caller has offered since.
    #[inline]
    pub(super) fn credit(&self) -> usize {
        ((self.0.0.load(Ordering::Relaxed) & CREDIT) >> CREDIT_SHIFT) as usize
    }

    /// Changes the credit; a record has 16 KiB at most, so it fits.
    pub(super) fn set_credit(&self, credit: usize) {
        let bits = (credit as u32) << CREDIT_SHIFT & CREDIT;
        self.0.0.fetch_and(!CREDIT, Ordering::Relaxed);
        self.0.0.fetch_or(bits, Ordering::Relaxed);
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_shares_the_word_does_not_mix() {
        let word = AtomicU32::new(0);
        let state = State(&word);
        let guard = state.lock();
        guard.keep_lookahead(0xa5);
        guard.set_credit(16384);
        state.set(Flags::FULL.and(Flags::GATE));
        assert!(state.has(Flags::LOOKAHEAD) && state.has(Flags::FULL) && state.has(Flags::GATE));
        assert!(!state.has(Flags::READING) && !state.has(Flags::BLOCKED));
        assert_eq!((guard.credit(), guard.take_lookahead()), (16384, Some(0xa5)));
        assert_eq!(guard.take_lookahead(), None);
        guard.set_credit(0);
        state.clear(Flags::FULL.and(Flags::GATE));
        drop(guard);
        assert_eq!(word.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_thread_at_a_time_holds_the_lock() {
        struct Shared {
            word: AtomicU32,
            count: Cell<u32>,
        }
        // SAFETY: the count is used under the lock only, which is what is tested.
        unsafe impl Sync for Shared {}
        let shared = Shared { word: AtomicU32::new(0), count: Cell::new(0) };
        let add = |shared: &Shared| {
            for _ in 0..20_000 {
                let _guard = State(&shared.word).lock();
                shared.count.set(shared.count.get() + 1);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| add(&shared));
            }
        });
        let guard = State(&shared.word).lock();
        assert_eq!(shared.count.get(), 80_000);
        drop(guard);
        assert_eq!(shared.word.load(Ordering::Relaxed), 0);
    }
}
