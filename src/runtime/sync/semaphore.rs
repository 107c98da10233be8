//! Semaphores: numbers that threads take one from, and wait while there is none.

use std::ffi::c_int;

use super::{condition, destroy as destroy_mutex, initialise as initialise_mutex, lock, unlock};
use crate::abi::qemu::thread::QemuSemaphore;

/// Initialises a semaphore; `count` waits will not wait.
pub(crate) fn initialise(semaphore: &QemuSemaphore, count: c_int) {
    let Ok(count) = u32::try_from(count) else {
        fatal!("qemu_sem_init: the value {count} is negative")
    };
    initialise_mutex(&semaphore.mutex);
    condition::initialise(&semaphore.cond);
    semaphore.count.set(count);
}

/// Ends the use of a semaphore that nobody waits for.
pub(crate) fn destroy(semaphore: &QemuSemaphore) {
    condition::destroy(&semaphore.cond);
    destroy_mutex(&semaphore.mutex);
}

/// Adds one, and wakes one thread that waits.
pub(crate) fn post(semaphore: &QemuSemaphore) {
    const FUNCTION: &str = "qemu_sem_post";
    lock(&semaphore.mutex, FUNCTION);
    let Some(count) = semaphore.count.get().checked_add(1) else {
        fatal!("{FUNCTION}: there were too many")
    };
    semaphore.count.set(count);
    condition::signal(&semaphore.cond);
    unlock(&semaphore.mutex, FUNCTION);
}

/// Waits until there is one, and takes it.
pub(crate) fn wait(semaphore: &QemuSemaphore) {
    take_when(semaphore, "qemu_sem_wait", || {
        condition::wait(&semaphore.cond, &semaphore.mutex);
        true
    });
}

/// The same, for at most `milliseconds`. False if there was none in that time.
pub(crate) fn wait_for(semaphore: &QemuSemaphore, milliseconds: c_int) -> bool {
    let deadline = condition::deadline_in(milliseconds);
    take_when(semaphore, "qemu_sem_timedwait", || {
        condition::wait_until(&semaphore.cond, &semaphore.mutex, &deadline)
    })
}

/// Takes one, after `waiting` as often as there is none. False if that gave up.
fn take_when(semaphore: &QemuSemaphore, function: &str, waiting: impl Fn() -> bool) -> bool {
    lock(&semaphore.mutex, function);
    let mut goes_on = true;
    while semaphore.count.get() == 0 && goes_on {
        goes_on = waiting();
    }
    let rest = semaphore.count.get().checked_sub(1);
    if let Some(rest) = rest {
        semaphore.count.set(rest);
    }
    unlock(&semaphore.mutex, function);
    rest.is_some()
}
