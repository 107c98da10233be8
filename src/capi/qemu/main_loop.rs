//! Functions of `qemu/main-loop.h`.

use std::ffi::{c_char, c_int, c_void};

use glib_sys::GSource;

use crate::abi::qemu::thread::QemuCond;
use crate::abi::qemu::typedefs::{AioContext, Error, QEMUBH};
use crate::abi::values::{IOHandlerPointer, QEMUBHFuncPointer};
use crate::host::error::Destination;
use crate::runtime::aio::bottom_half::{BottomHalf, Task};
use crate::runtime::aio::{Registration, current_context};
use crate::runtime::main_loop;

/// Makes the calling thread the main thread: its current event context is the main
/// one. Touches no signals. A program need not call this.
///
/// @param errp where to store an error, or NULL
///
/// @return 0, also if the thread is the main thread already. `-errno` with `errp`
/// set if a context cannot be created; `-EBUSY` if another thread is the main
/// thread or this one serves another context.
///
/// # Safety
///
/// `errp` follows the rules of `qapi/error.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_init_main_loop(errp: *mut *mut Error) -> c_int {
    match main_loop::initialise() {
        Ok(()) => 0,
        Err(error) => {
            let errno = error.errno().map_or(libc::EINVAL, crate::sys::Errno::get);
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, c"qemu_init_main_loop");
            -errno
        }
    }
}

/// Runs the main loop once: waits until something is ready, unless `nonblocking`,
/// and calls the callbacks of GLib's default main context. The global lock, if
/// this thread holds it, is unlocked while waiting. Does nothing if another thread
/// runs the main loop.
///
/// @param nonblocking not 0: do not wait
#[unsafe(no_mangle)]
pub extern "C" fn main_loop_wait(nonblocking: c_int) {
    main_loop::turn(nonblocking != 0);
}

/// Wakes the main loop, if there is one. Any thread may do so.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_notify_event() {
    main_loop::notify();
}

/// @return (transfer none): the main event context, which is created if there is
/// none yet. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_get_aio_context() -> *mut AioContext {
    main_loop::main_context().as_raw()
}

/// @return (transfer none): the event context that the main loop serves, but not
/// `aio_poll(qemu_get_aio_context(), …)`. Created if there is none yet; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn iohandler_get_aio_context() -> *mut AioContext {
    main_loop::iohandler_context().as_raw()
}

/// @return (transfer full): the GSource of `iohandler_get_aio_context()`.
#[unsafe(no_mangle)]
pub extern "C" fn iohandler_get_g_source() -> *mut GSource {
    let ctx = main_loop::iohandler_context();
    ctx.retain();
    ctx.source()
}

/// Has the main loop call `fd_read(opaque)` when `fd` can be read from, and
/// `fd_write(opaque)` when it can be written to, in place of what was registered
/// for `fd`. NULL means no interest. Clear the handlers before closing `fd`.
///
/// @param fd the descriptor
/// @param fd_read (nullable): called when it can be read from
/// @param fd_write (nullable): called when it can be written to
/// @param opaque (nullable): passed to both
///
/// # Safety
///
/// The functions may be called with `opaque` until they are cleared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_set_fd_handler(
    fd: c_int,
    fd_read: IOHandlerPointer,
    fd_write: IOHandlerPointer,
    opaque: *mut c_void,
) {
    let registration = Registration { is_external: false, read: fd_read, write: fd_write, opaque };
    main_loop::iohandler_context().set_fd_handler(fd, registration);
}

/// Behind `qemu_bh_new()`.
///
/// @param cb the function
/// @param opaque (nullable): passed to it
/// @param name its name, for messages; borrowed
///
/// @return (transfer full): the bottom half.
///
/// # Safety
///
/// As for `aio_bh_new_full()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_bh_new_full(
    cb: QEMUBHFuncPointer,
    opaque: *mut c_void,
    name: *const c_char,
) -> *mut QEMUBH {
    BottomHalf::new(main_loop::main_context(), Task { callback: cb, opaque, name }).as_ptr().cast()
}

/// Has a bottom half called within the next 10 milliseconds. It does not count as
/// progress.
///
/// @param bh the bottom half
///
/// # Safety
///
/// `bh` was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_bh_schedule_idle(bh: *mut QEMUBH) {
    // SAFETY: passed on to the caller.
    unsafe { &*bh.cast::<BottomHalf>() }.schedule_idle();
}

/// Tells whether the calling thread works for the main event context.
///
/// @return true if it does.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_in_main_thread() -> bool {
    current_context() == main_loop::main_context().as_raw()
}

/// Behind `qemu_mutex_lock_iothread()`. Aborts if the thread has the lock.
///
/// @param file the calling file
/// @param line the calling line
#[unsafe(no_mangle)]
pub extern "C" fn qemu_mutex_lock_iothread_impl(file: *const c_char, line: c_int) {
    let _ = (file, line);
    main_loop::lock("qemu_mutex_lock_iothread");
}

/// Gives the global lock back. Aborts unless the thread has it.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_mutex_unlock_iothread() {
    main_loop::unlock("qemu_mutex_unlock_iothread");
}

/// Tells whether the calling thread has the global lock.
///
/// @return true if it has.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_mutex_iothread_locked() -> bool {
    main_loop::is_locked()
}

/// Waits for a condition, with the global lock unlocked meanwhile.
///
/// @param cond the condition
///
/// # Safety
///
/// `cond` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_wait_iothread(cond: *mut QemuCond) {
    // SAFETY: passed on to the caller.
    main_loop::wait_unlocked(unsafe { &*cond }, None, "qemu_cond_wait_iothread");
}

/// As `qemu_cond_wait_iothread()`, for at most `ms` milliseconds.
///
/// @param cond the condition
/// @param ms how long to wait, in milliseconds
///
/// # Safety
///
/// `cond` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_timedwait_iothread(cond: *mut QemuCond, ms: c_int) {
    // SAFETY: passed on to the caller.
    main_loop::wait_unlocked(unsafe { &*cond }, Some(ms), "qemu_cond_timedwait_iothread");
}
