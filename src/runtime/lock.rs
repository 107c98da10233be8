//! The lock of type registration.
//!
//! One recursive lock of the whole process is held while types are registered,
//! classes are initialised, pending initialisers run and the root objects are
//! made. It is held across the callbacks of those, which look up other types;
//! hence recursive. Nothing that completed classes are used for takes it.

use std::cell::UnsafeCell;
use std::marker::PhantomData;

use glib_sys::{GRecMutex, g_rec_mutex_lock, g_rec_mutex_unlock};

struct RecursiveLock(UnsafeCell<GRecMutex>);

// SAFETY: a GRecMutex is made to be used by many threads.
unsafe impl Sync for RecursiveLock {}

/// A GRecMutex in static storage needs no initialisation beyond zeros.
static LOCK: RecursiveLock =
    RecursiveLock(UnsafeCell::new(GRecMutex { p: std::ptr::null_mut(), i: [0; 2] }));

/// Proof that this thread holds the lock.
pub(crate) struct Guard(PhantomData<*const ()>);

/// Takes the lock; a thread that holds it already gets it again.
pub(crate) fn hold() -> Guard {
    // SAFETY: the mutex is static and was never cleared.
    unsafe { g_rec_mutex_lock(LOCK.0.get()) };
    Guard(PhantomData)
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: `hold` locked it on this thread: a guard cannot change threads.
        unsafe { g_rec_mutex_unlock(LOCK.0.get()) };
    }
}
