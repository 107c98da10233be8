//! Functions of `qemu/event_notifier.h`.

use std::ffi::c_int;

use crate::abi::qemu::event_notifier::EventNotifier;
use crate::abi::values::{EventNotifierHandlerPointer, IOHandlerPointer};
use crate::runtime::aio::{Context, Registration};
use crate::runtime::main_loop;
use crate::sys::event::{self, Descriptor};
use crate::sys::{Errno, fd};

/// Opens a notifier, set if `active` is not 0.
///
/// @return 0, or `-errno`.
///
/// # Safety
///
/// `e` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_init(e: *mut EventNotifier, active: c_int) -> c_int {
    match Descriptor::event(u32::from(active != 0)) {
        Ok(descriptor) => {
            // SAFETY: passed on to the caller.
            unsafe { event_notifier_init_fd(e, descriptor.into_number()) };
            0
        }
        Err(errno) => -errno.get(),
    }
}

/// Makes a notifier of an eventfd that the caller opened and gives up.
///
/// # Safety
///
/// `e` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_init_fd(e: *mut EventNotifier, fd: c_int) {
    let notifier = EventNotifier { rfd: fd.into(), wfd: fd.into(), initialized: true.into() };
    // SAFETY: passed on to the caller.
    unsafe { e.write(notifier) };
}

/// Closes a notifier. Does nothing if it is closed.
///
/// # Safety
///
/// `e` was initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_cleanup(e: *mut EventNotifier) {
    // SAFETY: passed on to the caller.
    let notifier = unsafe { &*e };
    if !notifier.initialized.replace(false) {
        return;
    }
    let (read, write) = (notifier.rfd.replace(-1), notifier.wfd.replace(-1));
    // The descriptors are gone whatever the result.
    let _ = fd::close(read);
    if write != read {
        let _ = fd::close(write);
    }
}

/// Returns the descriptor that is readable while the notifier is set.
///
/// # Safety
///
/// `e` was initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_get_fd(e: *const EventNotifier) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { &*e }.rfd.get()
}

/// Returns the descriptor that setting the notifier writes to.
///
/// # Safety
///
/// `e` was initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_get_wfd(e: *const EventNotifier) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { &*e }.wfd.get()
}

/// Sets a notifier. Any thread may do so, and a signal handler.
///
/// @return 0, -1 if the notifier is closed, or `-errno`.
///
/// # Safety
///
/// `e` was initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_set(e: *mut EventNotifier) -> c_int {
    // SAFETY: passed on to the caller.
    let notifier = unsafe { &*e };
    if !notifier.initialized.get() {
        return -1;
    }
    event::signal(notifier.wfd.get()).map_or_else(|errno| -Errno::get(errno), |()| 0)
}

/// Clears a notifier.
///
/// @return 1 if it was set, else 0.
///
/// # Safety
///
/// `e` was initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_test_and_clear(e: *mut EventNotifier) -> c_int {
    // SAFETY: passed on to the caller.
    let notifier = unsafe { &*e };
    c_int::from(notifier.initialized.get() && event::drain(notifier.rfd.get()))
}

/// Has `handler(e)` called by the main loop while the notifier is set; NULL ends
/// that.
///
/// # Safety
///
/// `e` was initialised, and stays open while there is a handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn event_notifier_set_handler(
    e: *mut EventNotifier,
    handler: EventNotifierHandlerPointer,
) {
    // SAFETY: passed on to the caller.
    unsafe { set_handler(main_loop::iohandler_context(), e, false, handler) };
}

/// Registers a handler for a notifier.
///
/// # Safety
///
/// As for [`event_notifier_set_handler`].
pub(in crate::capi) unsafe fn set_handler(
    ctx: &Context,
    e: *mut EventNotifier,
    is_external: bool,
    handler: EventNotifierHandlerPointer,
) {
    // SAFETY: passed on to the caller.
    let fd = unsafe { &*e }.rfd.get();
    // SAFETY: functions that take one pointer are called alike, whatever it points
    // to; what is passed is the notifier.
    let read =
        unsafe { std::mem::transmute::<EventNotifierHandlerPointer, IOHandlerPointer>(handler) };
    ctx.set_fd_handler(fd, Registration { is_external, read, write: None, opaque: e.cast() });
}
