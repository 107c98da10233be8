//! Mutexes.

use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::mem::MaybeUninit;

use libc::{pthread_mutex_t, pthread_mutexattr_t};

use super::{must_be_initialised, must_succeed};
use crate::abi::qemu::thread::QemuMutex;

/// A lock that a thread may take more than once. Must not move once used.
pub(crate) struct RecursiveLock(UnsafeCell<pthread_mutex_t>);

impl RecursiveLock {
    /// An unlocked lock.
    pub(crate) fn new() -> Self {
        let mutex = UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER);
        // SAFETY: the memory is this function's own; on Linux an unused mutex may
        // be moved.
        unsafe { initialise_as(mutex.get(), libc::PTHREAD_MUTEX_RECURSIVE, "aio_context_new") };
        Self(mutex)
    }

    /// Waits for the lock and takes it.
    pub(crate) fn lock(&self) {
        // SAFETY: initialised by `new`.
        must_succeed(unsafe { libc::pthread_mutex_lock(self.0.get()) }, "aio_context_acquire");
    }

    /// Gives it back once. Aborts unless the thread has it.
    pub(crate) fn unlock(&self) {
        // SAFETY: as above.
        must_succeed(unsafe { libc::pthread_mutex_unlock(self.0.get()) }, "aio_context_release");
    }

    /// Takes the lock until the guard is dropped.
    pub(crate) fn guard(&self) -> RecursiveGuard<'_> {
        self.lock();
        RecursiveGuard(self)
    }
}

impl Drop for RecursiveLock {
    fn drop(&mut self) {
        // SAFETY: nobody else has it any more.
        unsafe { libc::pthread_mutex_destroy(self.0.get()) };
    }
}

/// A recursive lock that is held.
pub(crate) struct RecursiveGuard<'a>(&'a RecursiveLock);

impl Drop for RecursiveGuard<'_> {
    fn drop(&mut self) {
        self.0.unlock();
    }
}

/// # Safety
///
/// `mutex` is writable and not in use.
unsafe fn initialise_as(mutex: *mut pthread_mutex_t, kind: c_int, function: &str) {
    let mut attributes = MaybeUninit::<pthread_mutexattr_t>::uninit();
    // SAFETY: the attributes are initialised first and destroyed last; the mutex is
    // the caller's.
    unsafe {
        must_succeed(libc::pthread_mutexattr_init(attributes.as_mut_ptr()), function);
        must_succeed(libc::pthread_mutexattr_settype(attributes.as_mut_ptr(), kind), function);
        must_succeed(libc::pthread_mutex_init(mutex, attributes.as_ptr()), function);
        libc::pthread_mutexattr_destroy(attributes.as_mut_ptr());
    }
}

/// Initialises a mutex that is not recursive. Misuse is detected.
pub(crate) fn initialise(mutex: &QemuMutex) {
    let kind = libc::PTHREAD_MUTEX_ERRORCHECK;
    // SAFETY: the caller's memory; nobody uses a mutex before it is initialised.
    unsafe { initialise_as(mutex.lock.get(), kind, "qemu_mutex_init") };
    mutex.initialized.set(true);
}

/// Initialises a mutex that its holder may lock again.
pub(crate) fn initialise_recursive(mutex: &QemuMutex) {
    let kind = libc::PTHREAD_MUTEX_RECURSIVE;
    // SAFETY: as above.
    unsafe { initialise_as(mutex.lock.get(), kind, "qemu_rec_mutex_init") };
    mutex.initialized.set(true);
}

/// Ends the use of a mutex, which is not locked.
pub(crate) fn destroy(mutex: &QemuMutex) {
    must_be_initialised(mutex.initialized.replace(false), "qemu_mutex_destroy");
    // SAFETY: it was initialised.
    must_succeed(unsafe { libc::pthread_mutex_destroy(mutex.lock.get()) }, "qemu_mutex_destroy");
}

/// Waits for a mutex and takes it.
#[inline]
pub(crate) fn lock(mutex: &QemuMutex, function: &str) {
    must_be_initialised(mutex.initialized.get(), function);
    // SAFETY: it was initialised.
    must_succeed(unsafe { libc::pthread_mutex_lock(mutex.lock.get()) }, function);
}

/// Takes a mutex if it is free.
pub(crate) fn try_lock(mutex: &QemuMutex, function: &str) -> bool {
    must_be_initialised(mutex.initialized.get(), function);
    // SAFETY: it was initialised.
    match unsafe { libc::pthread_mutex_trylock(mutex.lock.get()) } {
        libc::EBUSY => false,
        result => {
            must_succeed(result, function);
            true
        }
    }
}

/// Gives a mutex back.
#[inline]
pub(crate) fn unlock(mutex: &QemuMutex, function: &str) {
    must_be_initialised(mutex.initialized.get(), function);
    // SAFETY: it was initialised.
    must_succeed(unsafe { libc::pthread_mutex_unlock(mutex.lock.get()) }, function);
}
