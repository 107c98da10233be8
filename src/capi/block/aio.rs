//! Functions of `block/aio.h`.

use std::ffi::{c_char, c_int, c_void};

use glib_sys::GSource;

use crate::abi::qemu::event_notifier::EventNotifier;
use crate::abi::qemu::timer::QEMUTimerListGroup;
use crate::abi::qemu::typedefs::{AioContext, Coroutine, Error, QEMUBH};
use crate::abi::values::{
    AioPollFnPointer, EventNotifierHandlerPointer, IOHandlerPointer, QEMUBHFuncPointer,
};
use crate::capi::qemu::event_notifier;
use crate::host::error::Destination;
use crate::runtime::aio::bottom_half::{BottomHalf, Task};
use crate::runtime::aio::{self, Context, Registration, current_context, schedule};
use crate::runtime::coroutine::Coroutine as Entity;

/// Creates an event context.
///
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the context, or NULL with `errp` set.
///
/// # Safety
///
/// `errp` follows the rules of `qapi/error.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_context_new(errp: *mut *mut Error) -> *mut AioContext {
    match Context::new() {
        Ok(ctx) => ctx.as_ptr().cast(),
        Err(error) => {
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, c"aio_context_new");
            std::ptr::null_mut()
        }
    }
}

/// Takes a reference. Any thread may do so.
///
/// @param ctx the context
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_context_ref(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.retain();
}

/// Drops a reference. The last one frees the context, on any thread; the process
/// aborts if there is work left: a scheduled coroutine, a bottom half that is
/// pending and not deleted, or an armed timer. Handlers are dropped.
///
/// @param ctx (transfer full): the context
///
/// # Safety
///
/// The caller owns a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_context_unref(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx).release() };
}

/// @param ctx the context
///
/// @return (transfer full): the GSource that the context is. To be attached to a
/// GMainContext; it has no callback.
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_get_g_source(ctx: *mut AioContext) -> *mut GSource {
    // SAFETY: passed on to the caller.
    let ctx = unsafe { Context::from_raw(ctx) };
    ctx.retain();
    ctx.source()
}

/// Locks a context, perhaps once more. The lock belongs to the thread, not to a
/// coroutine, and callbacks run without it; it is for those who share a context.
///
/// @param ctx the context
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_context_acquire(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.lock().lock();
}

/// Unlocks a context once.
///
/// @param ctx the context
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_context_release(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.lock().unlock();
}

/// Runs what is ready in a context: bottom halves, handlers, timers. If nothing is
/// and `blocking`, waits until something is, or a signal or `aio_notify()` comes.
/// Only for the home thread; callbacks may call it.
///
/// @param ctx the context
/// @param blocking whether to wait if there is nothing to run
///
/// @return whether something was run. A blocking call may return false.
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_poll(ctx: *mut AioContext, blocking: bool) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.poll(blocking)
}

/// Wakes a context that sleeps; one that does not will not sleep in its next
/// `aio_poll()`. Any thread may do so, and a signal handler.
///
/// @param ctx the context
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_notify(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.notify();
}

/// Registers handlers for a descriptor, in place of all that was registered for it
/// in this context. Any thread may do so. Clear the handlers before closing `fd`.
///
/// @param ctx the context
/// @param fd the descriptor; a regular file is always ready, and a negative or closed
///   one never
/// @param is_external whether the handlers rest while `aio_disable_external()` is in
///   force
/// @param io_read (nullable): called when `fd` can be read from, or has hung up, or has
///   an error
/// @param io_write (nullable): called when `fd` can be written to, or has an error, or has
///   hung up and there is no `io_read`
/// @param io_poll (nullable): not used: contexts do not poll without waiting
/// @param io_poll_ready (nullable): not used
/// @param opaque passed to the handlers
///
/// Once the handlers were replaced, the old ones do not run any more; one that
/// runs on another thread is not waited for.
///
/// # Safety
///
/// `ctx` is alive, and the functions may be called with `opaque` until they are
/// replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_set_fd_handler(
    ctx: *mut AioContext,
    fd: c_int,
    is_external: bool,
    io_read: IOHandlerPointer,
    io_write: IOHandlerPointer,
    io_poll: AioPollFnPointer,
    io_poll_ready: IOHandlerPointer,
    opaque: *mut c_void,
) {
    // No polling without waiting.
    let _ = (io_poll, io_poll_ready);
    let registration = Registration { is_external, read: io_read, write: io_write, opaque };
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.set_fd_handler(fd, registration);
}

/// As `aio_set_fd_handler()`, for an event notifier, which is passed to the
/// handler.
///
/// @param ctx the context
/// @param notifier the event notifier
/// @param is_external whether `aio_disable_external()` makes it rest
/// @param io_read (nullable): called when it was set; NULL removes the handler
/// @param io_poll (nullable): as for `aio_set_fd_handler()`
/// @param io_poll_ready (nullable): as for `aio_set_fd_handler()`
///
/// # Safety
///
/// As for `aio_set_fd_handler()`; `notifier` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_set_event_notifier(
    ctx: *mut AioContext,
    notifier: *mut EventNotifier,
    is_external: bool,
    io_read: EventNotifierHandlerPointer,
    io_poll: AioPollFnPointer,
    io_poll_ready: EventNotifierHandlerPointer,
) {
    // No polling without waiting.
    let _ = (io_poll, io_poll_ready);
    // SAFETY: passed on to the caller.
    unsafe {
        event_notifier::set_handler(Context::from_raw(ctx), notifier, is_external, io_read);
    }
}

/// Has external handlers of the context rest, until `aio_enable_external()` was
/// called as often.
///
/// @param ctx the context
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_disable_external(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.disable_external();
}

/// The opposite of `aio_disable_external()`.
///
/// @param ctx the context
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_enable_external(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.enable_external();
}

/// Tells whether external handlers rest.
///
/// @param ctx the context
///
/// @return true if they do.
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_external_disabled(ctx: *mut AioContext) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.external_disabled()
}

/// Behind `aio_bh_new()`: a function to be called soon after it was scheduled, by
/// the home thread. To be deleted with `qemu_bh_delete()`.
///
/// @param ctx the context
/// @param cb the function
/// @param opaque (nullable): passed to it
/// @param name its name, for messages; borrowed
///
/// @return (transfer full): the bottom half.
///
/// # Safety
///
/// `ctx` is alive as long as the bottom half; `name` is NULL or a C string that
/// lives as long, and is not copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_bh_new_full(
    ctx: *mut AioContext,
    cb: QEMUBHFuncPointer,
    opaque: *mut c_void,
    name: *const c_char,
) -> *mut QEMUBH {
    // SAFETY: passed on to the caller.
    let ctx = unsafe { Context::from_raw(ctx) };
    BottomHalf::new(ctx, Task { callback: cb, opaque, name }).as_ptr().cast()
}

/// Behind `aio_bh_schedule_oneshot()`.
///
/// @param ctx the context
/// @param cb the function
/// @param opaque (nullable): passed to it
/// @param name its name, for messages; borrowed
///
/// # Safety
///
/// As for `aio_bh_new_full()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_bh_schedule_oneshot_full(
    ctx: *mut AioContext,
    cb: QEMUBHFuncPointer,
    opaque: *mut c_void,
    name: *const c_char,
) {
    // SAFETY: passed on to the caller.
    let ctx = unsafe { Context::from_raw(ctx) };
    BottomHalf::schedule_once(ctx, Task { callback: cb, opaque, name });
}

/// Has a bottom half called by the next poll of its context; those that were
/// scheduled last are called first. Any thread may do so, and a signal handler.
/// What was written before is visible to the callback.
///
/// @param bh the bottom half
///
/// # Safety
///
/// `bh` was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_bh_schedule(bh: *mut QEMUBH) {
    // SAFETY: passed on to the caller.
    unsafe { &*bh.cast::<BottomHalf>() }.schedule();
}

/// Has a bottom half not called after all.
///
/// @param bh the bottom half
///
/// # Safety
///
/// `bh` was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_bh_cancel(bh: *mut QEMUBH) {
    // SAFETY: passed on to the caller.
    unsafe { &*bh.cast::<BottomHalf>() }.cancel();
}

/// Deletes a bottom half: it is not called any more, and freed by a later poll. It
/// may delete itself.
///
/// @param bh the bottom half
///
/// # Safety
///
/// `bh` was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_bh_delete(bh: *mut QEMUBH) {
    // SAFETY: passed on to the caller.
    unsafe { &*bh.cast::<BottomHalf>() }.delete();
}

/// Calls a bottom half now.
///
/// @param bh the bottom half
///
/// # Safety
///
/// `bh` was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_bh_call(bh: *mut QEMUBH) {
    // SAFETY: passed on to the caller.
    unsafe { &*bh.cast::<BottomHalf>() }.call();
}

/// Calls the scheduled bottom halves of a context. Only for the home thread.
///
/// @param ctx the context
///
/// @return 1 if one that counts as progress was called, else 0.
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_bh_poll(ctx: *mut AioContext) -> c_int {
    // SAFETY: passed on to the caller.
    c_int::from(unsafe { Context::from_raw(ctx) }.run_bottom_halves())
}

/// Has the home thread of `ctx` enter a coroutine. The coroutine may still run, if
/// it yields before that can happen. Any thread may do so.
///
/// Aborts if the coroutine is scheduled already.
///
/// @param ctx the context
/// @param co the coroutine
///
/// # Safety
///
/// `ctx` is alive, and `co` has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_co_schedule(ctx: *mut AioContext, co: *mut Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe { schedule::schedule(Context::from_raw(ctx), Entity::from_raw(co)) };
}

/// Moves the calling coroutine to another context, whose home thread resumes it.
/// Does nothing if it is the current one.
///
/// @param ctx the context to move to
///
/// # Safety
///
/// `ctx` is alive until the coroutine leaves it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_co_reschedule_self(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { schedule::move_to(ctx) };
}

/// Has a coroutine that has yielded entered in the context of its last entry. If
/// that is the current one, the coroutine runs at once; called in a coroutine,
/// when that yields or ends. Else its home thread enters it. Any thread may do so.
///
/// @param co the coroutine
///
/// # Safety
///
/// `co` has not ended, and its context is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_co_wake(co: *mut Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe { schedule::wake(Entity::from_raw(co)) };
}

/// As `aio_co_wake()`, in the context `ctx`.
///
/// @param ctx the context
/// @param co the coroutine, which has yielded or is new
///
/// # Safety
///
/// `co` has not ended, and `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_co_enter(ctx: *mut AioContext, co: *mut Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe { schedule::enter(ctx, Entity::from_raw(co)) };
}

/// @return (transfer none) (nullable): the event context that the calling thread
/// works for: the one it is bound to; else the one whose callback it runs; else
/// the main one, if the thread holds the global lock; else NULL. While the main
/// loop serves `iohandler_get_aio_context()`, it is the main one.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_get_current_aio_context() -> *mut AioContext {
    current_context()
}

/// Binds the calling thread to a context, which is its current one from now on;
/// NULL unbinds it. Aborts if it is bound already.
///
/// @param ctx (nullable): the context
///
/// # Safety
///
/// `ctx` is alive until the thread is unbound, or ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_set_current_aio_context(ctx: *mut AioContext) {
    // SAFETY: passed on to the caller.
    unsafe { aio::bind(ctx) };
}

/// Tells whether the calling thread is the one that serves `ctx`.
///
/// @param ctx the context
///
/// @return true if it is.
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn in_aio_context_home_thread(ctx: *mut AioContext) -> bool {
    // SAFETY: passed on to the caller.
    aio::is_home_thread(unsafe { Context::from_raw(ctx) })
}

/// Accepts limits for polling without waiting, which contexts do not do here, and
/// wakes the context.
///
/// @param ctx the context
/// @param max_ns the longest time to poll for, in nanoseconds
/// @param grow how the time grows
/// @param shrink how the time shrinks
/// @param errp where to store an error, or NULL
///
/// # Safety
///
/// `ctx` is alive; `errp` follows the rules of `qapi/error.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_context_set_poll_params(
    ctx: *mut AioContext,
    max_ns: i64,
    grow: i64,
    shrink: i64,
    errp: *mut *mut Error,
) {
    let _ = (max_ns, grow, shrink, errp);
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.notify();
}

/// Returns the timers of a context, for the functions below.
///
/// @param ctx the context
///
/// @return (transfer none): the timers.
///
/// # Safety
///
/// `ctx` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qiochannel_aio_timer_group(
    ctx: *mut AioContext,
) -> *mut QEMUTimerListGroup {
    // SAFETY: passed on to the caller.
    unsafe { Context::from_raw(ctx) }.timer_group().cast_mut()
}
