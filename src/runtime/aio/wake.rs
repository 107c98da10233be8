//! Waking a context that sleeps, and not waking one that does not.
//!
//! A poller first says that it may sleep and then looks for work; whoever brings
//! work first makes it visible and then looks whether anybody may sleep. With a
//! full barrier between the two steps on both sides, one of them sees the other:
//! no wake-up is lost, and a context that is busy costs no system call.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};

use crate::sys::Errno;
use crate::sys::event::{self, Descriptor};

/// A main loop of GLib may sleep.
const BY_GLIB: u32 = 1;
/// One (more) thread may sleep in a poll of its own; nested polls add up.
const BY_POLL: u32 = 2;

/// How a context is woken.
pub(super) struct Waker {
    /// Who may sleep.
    sleepers: AtomicU32,
    /// Set by `notify`: the next poll is not to sleep.
    notified: AtomicBool,
    event: Descriptor,
}

impl Waker {
    pub(super) fn new() -> Result<Self, Errno> {
        Ok(Self {
            sleepers: AtomicU32::new(0),
            notified: AtomicBool::new(false),
            event: Descriptor::event(0)?,
        })
    }

    /// What a poller has to watch for being readable.
    pub(super) fn descriptor(&self) -> c_int {
        self.event.number()
    }

    /// Wakes whoever sleeps. The work was made visible before. Async-signal-safe.
    #[inline]
    pub(super) fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) != 0 {
            self.signal();
        }
    }

    #[cold]
    fn signal(&self) {
        let errno = Errno::last();
        // It cannot fail: the descriptor is an eventfd of this context.
        let _ = event::signal(self.descriptor());
        errno.store();
    }

    /// As `wake`; and if nobody sleeps, the next poll does not.
    pub(super) fn notify(&self) {
        self.notified.store(true, Ordering::Release);
        self.wake();
    }

    /// Says that GLib may sleep.
    pub(super) fn glib_may_sleep(&self) {
        self.sleepers.fetch_or(BY_GLIB, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Says that GLib does not sleep any more.
    pub(super) fn glib_is_awake(&self) {
        self.sleepers.fetch_and(!BY_GLIB, Ordering::Release);
        self.accept();
    }

    /// Says that a poll may sleep. True if it must not, because of `notify`.
    pub(super) fn poll_may_sleep(&self) -> bool {
        self.sleepers.fetch_add(BY_POLL, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.notified.load(Ordering::Relaxed)
    }

    /// Says that the poll does not sleep any more.
    pub(super) fn poll_is_awake(&self) {
        self.sleepers.fetch_sub(BY_POLL, Ordering::Release);
    }

    /// Takes note of `notify`. The poller looks for work afterwards.
    pub(super) fn accept(&self) {
        if self.notified.load(Ordering::Relaxed) {
            self.notified.swap(false, Ordering::SeqCst);
        }
    }

    /// Makes the descriptor unreadable again.
    pub(super) fn drain(&self) {
        event::drain(self.descriptor());
    }
}
