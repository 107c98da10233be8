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
    const FUNCTION: &str = "qemu_cond_timedwait";
    must_be_initialised(cond.initialized.get(), FUNCTION);
    let deadline = deadline_in(i64::from(milliseconds.max(0)));
    // SAFETY: both were initialised, and the deadline is readable.
    let result = unsafe {
        libc::pthread_cond_timedwait(cond.cond.get(), mutex.lock.get(), &raw const deadline)
    };
    if result != libc::ETIMEDOUT {
        must_succeed(result, FUNCTION);
    }
    result == 0
}

fn deadline_in(milliseconds: i64) -> timespec {
    let deadline = crate::runtime::aio::timer::now(0) + milliseconds * 1_000_000;
    timespec { tv_sec: deadline / 1_000_000_000, tv_nsec: deadline % 1_000_000_000 }
}
