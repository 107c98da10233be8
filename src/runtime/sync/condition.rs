//! Condition variables.

use std::ffi::c_int;
use std::mem::MaybeUninit;

use libc::{pthread_condattr_t, timespec};

use super::{must_be_initialised, must_succeed};
use crate::abi::qemu::thread::{QemuCond, QemuMutex};

/// Initialises a condition variable, whose timeouts are immune to clock changes.
pub(crate) fn initialise(cond: &QemuCond) {
    const FUNCTION: &str = "qemu_cond_init";
    let mut attributes = MaybeUninit::<pthread_condattr_t>::uninit();
    // SAFETY: the attributes are initialised first and destroyed last; the memory
    // is the caller's.
    unsafe {
        let attributes = attributes.as_mut_ptr();
        must_succeed(libc::pthread_condattr_init(attributes), FUNCTION);
        must_succeed(libc::pthread_condattr_setclock(attributes, libc::CLOCK_MONOTONIC), FUNCTION);
        must_succeed(libc::pthread_cond_init(cond.cond.get(), attributes), FUNCTION);
        libc::pthread_condattr_destroy(attributes);
    }
    cond.initialized.set(true);
}

/// Ends the use of a condition variable that nobody waits for.
pub(crate) fn destroy(cond: &QemuCond) {
    must_be_initialised(cond.initialized.replace(false), "qemu_cond_destroy");
    // SAFETY: it was initialised.
    must_succeed(unsafe { libc::pthread_cond_destroy(cond.cond.get()) }, "qemu_cond_destroy");
}

/// Wakes one waiter.
pub(crate) fn signal(cond: &QemuCond) {
    must_be_initialised(cond.initialized.get(), "qemu_cond_signal");
    // SAFETY: it was initialised.
    must_succeed(unsafe { libc::pthread_cond_signal(cond.cond.get()) }, "qemu_cond_signal");
}

/// Wakes all waiters.
pub(crate) fn broadcast(cond: &QemuCond) {
    must_be_initialised(cond.initialized.get(), "qemu_cond_broadcast");
    // SAFETY: it was initialised.
    must_succeed(unsafe { libc::pthread_cond_broadcast(cond.cond.get()) }, "qemu_cond_broadcast");
}

/// Waits, with the mutex unlocked meanwhile.
pub(crate) fn wait(cond: &QemuCond, mutex: &QemuMutex) {
    must_be_initialised(cond.initialized.get(), "qemu_cond_wait");
    // SAFETY: both were initialised.
    must_succeed(
        unsafe { libc::pthread_cond_wait(cond.cond.get(), mutex.lock.get()) },
        "qemu_cond_wait",
    );
}

/// Waits at most `milliseconds`. False if nobody woke it in time.
pub(crate) fn wait_for(cond: &QemuCond, mutex: &QemuMutex, milliseconds: c_int) -> bool {
    wait_until(cond, mutex, &deadline_in(milliseconds))
}

/// Waits, at most until `deadline`. False if nobody woke it in time.
pub(super) fn wait_until(cond: &QemuCond, mutex: &QemuMutex, deadline: &timespec) -> bool {
    const FUNCTION: &str = "qemu_cond_timedwait";
    must_be_initialised(cond.initialized.get(), FUNCTION);
    // SAFETY: both were initialised, and the deadline is readable.
    let result =
        unsafe { libc::pthread_cond_timedwait(cond.cond.get(), mutex.lock.get(), deadline) };
    if result != libc::ETIMEDOUT {
        must_succeed(result, FUNCTION);
    }
    result == 0
}

/// The time that is so far away; less than nothing is now.
pub(super) fn deadline_in(milliseconds: c_int) -> timespec {
    let away = i64::from(milliseconds.max(0)) * 1_000_000;
    let deadline = crate::runtime::aio::timer::now(0) + away;
    timespec { tv_sec: deadline / 1_000_000_000, tv_nsec: deadline % 1_000_000_000 }
}
