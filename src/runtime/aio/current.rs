//! Which context the calling thread works for.

use std::ptr;

use super::{Context, RawContext};
use crate::runtime::main_loop;
use crate::runtime::thread::thread;

/// The context of the calling thread: the one it is bound to, else the one it
/// dispatches, else main if it holds the global lock, else NULL.
#[inline]
pub(crate) fn current_context() -> *mut RawContext {
    let thread = thread();
    if !thread.bound.get().is_null() {
        return thread.bound.get();
    }
    if !thread.dispatching.get().is_null() {
        return thread.dispatching.get();
    }
    if thread.holds_global_lock.get() { main_context() } else { ptr::null_mut() }
}

/// Seldom needed, and more than a look.
#[cold]
#[inline(never)]
fn main_context() -> *mut RawContext {
    main_loop::main_context().as_raw()
}

/// Binds the calling thread to a context, or unbinds it (NULL).
///
/// # Safety
///
/// The context is alive until the thread is unbound, or ends.
pub(crate) unsafe fn bind(ctx: *mut RawContext) {
    let thread = thread();
    let before = thread.bound.get();
    if !ctx.is_null() && !before.is_null() {
        fatal!("qemu_set_current_aio_context: the thread is bound to a context already");
    }
    for (bound, is_bound) in [(before, false), (ctx, true)] {
        if !bound.is_null() {
            // SAFETY: passed on to the caller.
            unsafe { Context::from_raw(bound) }.count_bound_thread(is_bound);
        }
    }
    thread.bound.set(ctx);
}

/// Whether the calling thread is the one that serves `ctx`.
pub(crate) fn is_home_thread(ctx: &Context) -> bool {
    let ctx = ctx.as_current();
    current_context() == ctx
        || thread().holds_global_lock.get() && main_loop::main_context().as_raw() == ctx
}

/// Whether the calling thread may poll `ctx`: also if neither has another partner.
pub(super) fn may_poll(ctx: &Context) -> bool {
    if is_home_thread(ctx) {
        return true;
    }
    if !thread().bound.get().is_null() {
        return false;
    }
    // SAFETY: it is `ctx` or the main context, which lives for ever.
    !unsafe { Context::from_raw(ctx.as_current()) }.has_bound_thread()
}

/// While it exists, the calling thread dispatches a context.
pub(super) struct Dispatching {
    around: *mut RawContext,
}

impl Dispatching {
    pub(super) fn start(ctx: &Context) -> Self {
        Self { around: thread().dispatching.replace(ctx.as_current()) }
    }
}

impl Drop for Dispatching {
    fn drop(&mut self) {
        // A context is dispatched by a thread, not by a coroutine that may move, or
        // by a coroutine that polls without being left meanwhile.
        thread().dispatching.set(self.around);
    }
}
