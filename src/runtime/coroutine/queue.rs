//! Coroutines that wait for something, in a queue.
//!
//! There is no locking in a queue: the callers see to it, usually with a lock that
//! they also protect with what they wait for.

use std::ffi::c_void;
use std::ptr;

use super::{Coroutine, RawCoroutine, current, suspend};
use crate::abi::qemu::coroutine::CoQueue;
use crate::abi::qemu::lockable::QemuLockable;
use crate::runtime::aio::schedule;

/// The lock that protects a queue; or none.
#[derive(Clone, Copy)]
pub(crate) struct Lock(*const QemuLockable);

impl Lock {
    /// No lock.
    pub(crate) const NONE: Self = Self(ptr::null());

    /// The lock a C caller gave.
    ///
    /// # Safety
    ///
    /// `lockable` is NULL, or valid while the value is used; so is its lock.
    pub(crate) unsafe fn from_raw(lockable: *const QemuLockable) -> Self {
        Self(lockable)
    }

    fn call(self, choose: fn(&QemuLockable) -> Option<unsafe extern "C" fn(*mut c_void)>) {
        // SAFETY: `from_raw` vouches for the pointer, the lock and its functions.
        unsafe {
            if let Some(lockable) = self.0.as_ref()
                && let Some(function) = choose(lockable)
            {
                function(lockable.object);
            }
        }
    }

    fn lock(self) {
        self.call(|lockable| lockable.lock);
    }

    fn unlock(self) {
        self.call(|lockable| lockable.unlock);
    }
}

impl CoQueue {
    /// Makes the queue empty.
    pub(crate) fn initialise(&self) {
        self.entries.sqh_first.set(ptr::null_mut());
        self.entries.sqh_last.set(self.entries.sqh_first.as_ptr());
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.sqh_first.get().is_null()
    }

    fn push_back(&self, co: &Coroutine) {
        co.wait_link.set(ptr::null_mut());
        // SAFETY: the place of the last link: in the queue itself, or in a coroutine
        // that waits and so has not ended.
        unsafe { self.entries.sqh_last.get().write(co.as_raw()) };
        self.entries.sqh_last.set(co.wait_link.as_ptr().cast());
    }

    fn push_front(&self, co: &Coroutine) {
        let first = self.entries.sqh_first.replace(co.as_raw());
        co.wait_link.set(first.cast());
        if first.is_null() {
            self.entries.sqh_last.set(co.wait_link.as_ptr().cast());
        }
    }

    fn pop<'a>(&self) -> Option<&'a Coroutine> {
        let first: *mut RawCoroutine = self.entries.sqh_first.get();
        if first.is_null() {
            return None;
        }
        // SAFETY: it waits, so it has not ended.
        let co = unsafe { Coroutine::from_raw(first) };
        let next = co.wait_link.replace(ptr::null_mut());
        self.entries.sqh_first.set(next.cast());
        if next.is_null() {
            self.entries.sqh_last.set(self.entries.sqh_first.as_ptr());
        }
        Some(co)
    }

    /// Waits to be woken, with `lock` unlocked meanwhile.
    pub(crate) fn wait(&self, lock: Lock, in_front: bool) {
        let own = current();
        if in_front {
            self.push_front(own);
        } else {
            self.push_back(own);
        }
        lock.unlock();
        suspend();
        lock.lock();
    }

    /// Wakes the one that waits longest. False if nobody waits.
    pub(crate) fn wake_next(&self, lock: Lock) -> bool {
        let Some(co) = self.pop() else { return false };
        lock.unlock();
        // SAFETY: it waited, so it has not ended, and its context is alive.
        unsafe { schedule::wake(co) };
        lock.lock();
        true
    }

    /// Wakes all.
    pub(crate) fn wake_all(&self, lock: Lock) {
        while self.wake_next(lock) {}
    }
}
