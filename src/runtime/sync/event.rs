//! Events: flags that threads wait for, on a futex.

use std::ffi::c_int;
use std::sync::atomic::{Ordering, fence};

use super::must_be_initialised;
use crate::abi::qemu::thread::QemuEvent;
use crate::sys::futex;

const SET: u32 = 0;
const FREE: u32 = 1;
const WAITED_FOR: u32 = u32::MAX;

/// Initialises an event.
pub(crate) fn initialise(event: &QemuEvent, is_set: bool) {
    event.value.store(if is_set { SET } else { FREE }, Ordering::Relaxed);
    event.initialized.set(true);
}

/// Ends the use of an event that nobody waits for.
pub(crate) fn destroy(event: &QemuEvent) {
    must_be_initialised(event.initialized.replace(false), "qemu_event_destroy");
}

/// Sets the event and wakes who waits for it.
pub(crate) fn set(event: &QemuEvent) {
    must_be_initialised(event.initialized.get(), "qemu_event_set");
    // Orders what the caller wrote before it looks whether the event is set: the
    // waiter may just have reset it.
    fence(Ordering::SeqCst);
    if event.value.load(Ordering::Relaxed) != SET
        && event.value.swap(SET, Ordering::AcqRel) == WAITED_FOR
    {
        futex::wake(&event.value, c_int::MAX);
    }
}

/// Resets the event. What is checked afterwards is checked after the reset.
pub(crate) fn reset(event: &QemuEvent) {
    must_be_initialised(event.initialized.get(), "qemu_event_reset");
    // One that somebody waits for is not set.
    event.value.fetch_or(FREE, Ordering::SeqCst);
    fence(Ordering::SeqCst);
}

/// Waits until the event is set.
pub(crate) fn wait(event: &QemuEvent) {
    must_be_initialised(event.initialized.get(), "qemu_event_wait");
    loop {
        let value = event.value.load(Ordering::Acquire);
        if value == SET {
            return;
        }
        if value == FREE
            && event.value.compare_exchange(FREE, WAITED_FOR, Ordering::AcqRel, Ordering::Acquire)
                == Err(SET)
        {
            return;
        }
        futex::wait(&event.value, WAITED_FOR);
    }
}
