//! Coroutines to be entered in a context.
//!
//! A *floating* coroutine was entered where there was no current context, so its
//! own is NULL. The first wake from a thread that has a context makes it a
//! coroutine of that context. That thread may be faster than the one that the
//! coroutine is just leaving; then it waits for its turn once more.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::bottom_half::{BottomHalf, Task};
use super::{Context, RawContext, current_context};
use crate::runtime::coroutine::{self, Coroutine};

/// The claim of [`schedule`] on a coroutine.
static CLAIM: &CStr = c"aio_co_schedule";

/// Coroutines that are to be entered, pushed by any thread, newest first.
pub(super) struct Arrivals(AtomicPtr<Coroutine>);

impl Arrivals {
    pub(super) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Acquire).is_null()
    }

    fn push(&self, co: &Coroutine) {
        let raw = ptr::from_ref(co).cast_mut();
        let mut head = self.0.load(Ordering::Relaxed);
        loop {
            co.wait_link.set(head);
            match self.0.compare_exchange_weak(head, raw, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => head = other,
            }
        }
    }

    /// Takes all, oldest first.
    fn take(&self) -> *mut Coroutine {
        let mut newest_first = self.0.swap(ptr::null_mut(), Ordering::Acquire);
        let mut oldest_first = ptr::null_mut();
        // SAFETY: a scheduled coroutine is alive, and linked here only.
        while let Some(co) = unsafe { newest_first.as_ref() } {
            newest_first = co.wait_link.replace(oldest_first);
            oldest_first = ptr::from_ref(co).cast_mut();
        }
        oldest_first
    }
}

impl Context {
    /// Enters the coroutines that were scheduled here, oldest first.
    pub(super) fn greet(&self) {
        let mut next = self.arrivals.take();
        // SAFETY: as in `take`; the link is read before the coroutine is entered.
        while let Some(co) = unsafe { next.as_ref() } {
            next = co.wait_link.get();
            if co.context().is_null() && co.is_entered() {
                self.arrive(co);
                continue;
            }
            co.unclaim(CLAIM, "aio_co_schedule");
            let _locked = self.lock().guard();
            // SAFETY: the coroutine was scheduled, so it has not ended.
            unsafe { coroutine::enter(self.as_raw(), co) };
        }
    }

    fn arrive(&self, co: &Coroutine) {
        self.arrivals.push(co);
        // SAFETY: it lives as long as the context.
        unsafe { &*self.greeter.get() }.schedule();
    }
}

/// Has `co` entered by the home thread of `ctx`.
pub(crate) fn schedule(ctx: &Context, co: &Coroutine) {
    co.claim(CLAIM);
    // From `arrive` on the coroutine may run and drop the last reference.
    ctx.retain();
    ctx.arrive(co);
    // SAFETY: taken above.
    unsafe { ctx.release() };
}

/// Enters `co` in `ctx`: at once if the calling thread serves that context, or
/// when the current coroutine is left; else the home thread does.
///
/// # Safety
///
/// `ctx` is NULL or alive, and `co` has not ended.
pub(crate) unsafe fn enter(ctx: *mut RawContext, co: &Coroutine) {
    let current = current_context();
    if ctx != current {
        let target = if ctx.is_null() { current } else { ctx };
        // SAFETY: passed on to the caller; a current context is alive.
        schedule(unsafe { Context::from_raw(target) }, co);
        return;
    }
    let own = coroutine::current();
    if own.is_entered() {
        if ptr::eq(own, co) {
            fatal!("aio_co_enter: a coroutine entered itself");
        }
        own.queue_wake(co);
        return;
    }
    // SAFETY: as above.
    let _locked =
        unsafe { current.as_ref() }.map(|_| unsafe { Context::from_raw(current) }.lock().guard());
    // SAFETY: passed on to the caller.
    unsafe { coroutine::enter(ctx, co) };
}

/// Enters `co` in the context of its last entry.
///
/// # Safety
///
/// `co` has not ended, and its context is alive.
pub(crate) unsafe fn wake(co: &Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe { enter(co.context(), co) };
}

/// A coroutine on its way to another context.
struct Move {
    co: *const Coroutine,
    destination: *mut RawContext,
}

unsafe extern "C" fn finish_move(opaque: *mut c_void) {
    // SAFETY: `move_to` passes a `Move` on the stack of the coroutine, which is
    // not resumed before this function has scheduled it.
    unsafe {
        let &Move { co, destination } = &*opaque.cast::<Move>();
        schedule(Context::from_raw(destination), &*co);
    }
}

/// Moves the current coroutine to `ctx`.
///
/// # Safety
///
/// `ctx` is alive until the coroutine leaves it.
pub(crate) unsafe fn move_to(ctx: *mut RawContext) {
    let here = current_context();
    if here == ctx {
        return;
    }
    let co = coroutine::current();
    if !co.is_entered() {
        fatal!("aio_co_reschedule_self: not called inside a coroutine");
    }
    if here.is_null() {
        // Floating: the other thread waits until the coroutine is off its stack.
        // SAFETY: passed on to the caller.
        schedule(unsafe { Context::from_raw(ctx) }, co);
        coroutine::suspend();
        return;
    }
    let step = Move { co, destination: ctx };
    let task = Task {
        callback: Some(finish_move),
        opaque: (&raw const step).cast_mut().cast(),
        name: c"aio_co_reschedule_self".as_ptr(),
    };
    // Scheduled by a bottom half of the old context, that is when the coroutine has
    // left its stack.
    // SAFETY: the current context is alive.
    BottomHalf::schedule_once(unsafe { Context::from_raw(here) }, task);
    coroutine::suspend();
}
