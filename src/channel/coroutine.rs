//! Suspending a coroutine until a channel is ready.
//!
//! A channel remembers one coroutine that waits to read and one that waits to
//! write, and asks the event context of each to call it back. The rule that keeps
//! them in step: whoever takes a waiter out of its place removes its handler
//! before the coroutine can run again. Changing a place and telling the contexts is
//! one step under a lock, because a reader and a writer may live in two threads;
//! the lock is never held while a coroutine is woken.

mod waiters;

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::AtomicU32;

use glib_sys::{G_IO_IN, G_IO_OUT, GIOCondition};

use super::dispatch::Channel;
use crate::abi::io::channel::QIOChannel;
use crate::abi::qemu::typedefs::{AioContext, Coroutine};
use crate::host::aio::{self, FdHandlers, Suspended};
use waiters::{Direction, Site, Waiters};

impl Direction {
    fn from_condition(condition: GIOCondition) -> Option<Self> {
        match condition {
            G_IO_IN => Some(Self::Read),
            G_IO_OUT => Some(Self::Write),
            _ => None,
        }
    }

    /// Where the channel remembers who waits.
    fn place(self, channel: Channel<'_>) -> &Cell<*mut Coroutine> {
        let (read, write) = channel.waiter_places();
        match self {
            Self::Read => read,
            Self::Write => write,
        }
    }
}

impl<'a> Site<'a> for Channel<'a> {
    type Waiter = Suspended;
    type Context = *mut AioContext;

    fn lock(self) -> &'a AtomicU32 {
        self.waiters_lock()
    }

    fn waiter(self, direction: Direction) -> Option<Suspended> {
        let co = direction.place(self).get();
        // SAFETY: a coroutine in its place waits for this channel to wake it.
        (!co.is_null()).then(|| unsafe { Suspended::from_raw(co) })
    }

    fn set_waiter(self, direction: Direction, waiter: Option<Suspended>) {
        direction.place(self).set(waiter.map_or(ptr::null_mut(), Suspended::as_raw));
    }

    fn context_of(self, waiter: Suspended) -> *mut AioContext {
        let attached = self.ctx.get();
        if attached.is_null() { default_context(waiter.context()) } else { attached }
    }

    fn register(self, ctx: *mut AioContext, read: bool, write: bool) {
        self.set_aio_fd_handler(FdHandlers {
            ctx,
            read: if read { Some(restart_read) } else { None },
            write: if write { Some(restart_write) } else { None },
            opaque: self.as_ptr().cast(),
        });
    }
}

/// The context that serves a coroutine of the context `own` on a channel that is
/// not attached.
fn default_context(own: *mut AioContext) -> *mut AioContext {
    let iohandler = aio::iohandler_context();
    if own.is_null() || own == aio::main_context() { iohandler } else { own }
}

/// Suspends the current coroutine until the channel is ready, or until somebody
/// enters the coroutine.
pub(crate) fn until_ready(channel: Channel<'_>, condition: GIOCondition) {
    const FUNCTION: &str = "qio_channel_yield";
    if !aio::in_coroutine() {
        fatal!("{FUNCTION}: not called inside a coroutine");
    }
    let Some(direction) = Direction::from_condition(condition) else {
        fatal!("{FUNCTION}: the condition {condition:#x} is neither G_IO_IN nor G_IO_OUT")
    };
    // SAFETY: the coroutine waits as soon as it is suspended below.
    let own = unsafe { Suspended::from_raw(aio::current_coroutine()) };
    let Some(ctx) = waiters::begin(channel, direction, own) else {
        fatal!("{FUNCTION}: another coroutine waits for the same direction of the channel")
    };
    // SAFETY: checked above.
    unsafe { aio::suspend() };
    waiters::end(channel, direction, own, ctx);
}

unsafe extern "C" fn restart_read(opaque: *mut c_void) {
    // SAFETY: `register_in` passes the channel, which is alive while coroutines
    // wait on it.
    restart(unsafe { Channel::from_raw(opaque.cast::<QIOChannel>()) }, Direction::Read);
}

unsafe extern "C" fn restart_write(opaque: *mut c_void) {
    // SAFETY: as above.
    restart(unsafe { Channel::from_raw(opaque.cast::<QIOChannel>()) }, Direction::Write);
}

/// Wakes who waits for `direction`, in the thread that serves it. The channel may
/// be gone when this returns: the coroutine may have dropped it.
fn restart(channel: Channel<'_>, direction: Direction) {
    // Nobody waits if an event was under way when the wait ended.
    let here = || {
        let attached = channel.ctx.get();
        Some(if attached.is_null() { serving_context() } else { attached })
    };
    let Some((waiter, ctx)) = waiters::take(channel, direction, here) else { return };
    check_home(waiter, ctx);
    if !waiter.is_scheduled() {
        waiter.wake();
    }
}

/// The context whose handler runs, on a channel that is not attached.
fn serving_context() -> *mut AioContext {
    default_context(aio::current_context())
}

/// Checks that the thread that runs the handler may wake the coroutine.
fn check_home(waiter: Suspended, ctx: *mut AioContext) {
    let own = waiter.context();
    let is_adopted = cfg!(feature = "runtime") && own.is_null();
    if !is_adopted && own != ctx && own != aio::current_context() {
        fatal!(
            "qio_channel_yield: the channel is attached to the event context of another thread than the \
                 coroutine's"
        );
    }
}

/// Has waiting coroutines served by `ctx`, or the default ones if NULL.
pub(crate) fn attach(channel: Channel<'_>, ctx: *mut AioContext) {
    let _waiters = Waiters::of(channel);
    if Direction::BOTH.iter().any(|&direction| channel.waiter(direction).is_some()) {
        fatal!("qio_channel_attach_aio_context: a coroutine waits on the channel");
    }
    channel.ctx.set(ctx);
}

/// Forgets who waits, wakes nobody, and has no context serve the channel.
pub(crate) fn detach(channel: Channel<'_>) {
    let waiters = Waiters::of(channel);
    let attached = channel.ctx.get();
    let first = if attached.is_null() { aio::iohandler_context() } else { attached };
    let others = Direction::BOTH
        .map(|direction| waiters.take(direction).map(|waiter| channel.context_of(waiter)));
    waiters.register_in(first);
    if let Some(read) = others[0].filter(|&ctx| ctx != first) {
        waiters.register_in(read);
    }
    if let Some(write) = others[1].filter(|&ctx| ctx != first && Some(ctx) != others[0]) {
        waiters.register_in(write);
    }
    channel.ctx.set(ptr::null_mut());
}

/// Wakes who waits to read, if anybody does; any thread may do so.
#[cfg(feature = "backports")]
pub(crate) fn wake_reader(channel: Channel<'_>) {
    let Some((waiter, ctx)) = waiters::take(channel, Direction::Read, || None) else { return };
    if waiter.is_scheduled() {
        return;
    }
    if waiter.context().is_null() {
        let home = if ctx == aio::iohandler_context() { aio::main_context() } else { ctx };
        // SAFETY: the context serves the channel, and so is alive.
        unsafe { waiter.schedule(home) };
    } else {
        waiter.wake();
    }
}
