//! Suspending a coroutine until a channel is ready.
//!
//! A channel remembers one coroutine that waits to read and one that waits to
//! write, and asks the event context of each to call it back. The rule that keeps
//! them in step: whoever takes a waiter out of its place removes its handler
//! before the coroutine can run again. Changing a place and telling the contexts is
//! one step under a lock, because a reader and a writer may live in two threads;
//! the lock is never held while a coroutine is woken.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use glib_sys::{G_IO_IN, G_IO_OUT, GIOCondition};

use super::dispatch::Channel;
use crate::abi::io::channel::QIOChannel;
use crate::abi::qemu::typedefs::{AioContext, Coroutine};
use crate::abi::values::IOHandlerPointer;
use crate::host::aio::{self, FdHandlers, Suspended};
use crate::sys::futex::WordLock;

/// What a coroutine waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Read,
    Write,
}

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

    /// What the event context calls.
    fn handler(self) -> IOHandlerPointer {
        match self {
            Self::Read => Some(restart_read),
            Self::Write => Some(restart_write),
        }
    }
}

/// The waiters of a channel, locked.
struct Waiters<'a> {
    channel: Channel<'a>,
    _lock: WordLock<'a>,
}

impl<'a> Waiters<'a> {
    fn of(channel: Channel<'a>) -> Self {
        Self { channel, _lock: WordLock::hold(channel.waiters_lock()) }
    }

    /// Who waits.
    fn get(&self, direction: Direction) -> Option<Suspended> {
        let co = direction.place(self.channel).get();
        // SAFETY: a coroutine in its place waits for this channel to wake it.
        (!co.is_null()).then(|| unsafe { Suspended::from_raw(co) })
    }

    /// Takes who waits out of its place.
    fn take(&self, direction: Direction) -> Option<Suspended> {
        let waiter = self.get(direction);
        direction.place(self.channel).set(ptr::null_mut());
        waiter
    }

    /// The context that serves a waiter.
    fn context_of(&self, waiter: Suspended) -> *mut AioContext {
        let attached = self.channel.ctx.get();
        if attached.is_null() { default_context(waiter.context()) } else { attached }
    }

    /// The handler for a direction in `ctx`: none unless its waiter is served there.
    fn handler_in(&self, ctx: *mut AioContext, direction: Direction) -> IOHandlerPointer {
        let waiter = self.get(direction)?;
        if self.context_of(waiter) == ctx { direction.handler() } else { None }
    }

    /// Makes `ctx` call back for those of the waiters that it serves.
    fn register_in(&self, ctx: *mut AioContext) {
        self.channel.set_aio_fd_handler(FdHandlers {
            ctx,
            read: self.handler_in(ctx, Direction::Read),
            write: self.handler_in(ctx, Direction::Write),
            opaque: self.channel.as_ptr().cast(),
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
    let own = aio::current_coroutine();
    let ctx = begin_wait(channel, direction, own);
    // SAFETY: checked above.
    unsafe { aio::suspend() };
    let waiters = Waiters::of(channel);
    if direction.place(channel).get() == own {
        // Somebody entered the coroutine, and not through the channel. Its own
        // context may be another one by now; the handler is still in the old one.
        waiters.take(direction);
        waiters.register_in(ctx);
    }
}

/// Notes that `own` waits, and returns the context that serves it.
fn begin_wait(channel: Channel<'_>, direction: Direction, own: *mut Coroutine) -> *mut AioContext {
    let waiters = Waiters::of(channel);
    if waiters.get(direction).is_some() {
        fatal!("qio_channel_yield: another coroutine waits for the same direction of the channel");
    }
    direction.place(channel).set(own);
    // SAFETY: the coroutine waits as soon as the caller has suspended it; a wake-up
    // before that is the host's to delay.
    let ctx = waiters.context_of(unsafe { Suspended::from_raw(own) });
    waiters.register_in(ctx);
    ctx
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
    let (waiter, ctx) = {
        let waiters = Waiters::of(channel);
        let Some(waiter) = waiters.take(direction) else {
            // An event that was under way when the wait ended. Look again what is
            // registered here.
            let attached = channel.ctx.get();
            let here = if attached.is_null() { serving_context() } else { attached };
            waiters.register_in(here);
            return;
        };
        let ctx = waiters.context_of(waiter);
        waiters.register_in(ctx);
        (waiter, ctx)
    };
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
    let waiters = Waiters::of(channel);
    for direction in [Direction::Read, Direction::Write] {
        if waiters.get(direction).is_some() {
            fatal!("qio_channel_attach_aio_context: a coroutine waits on the channel");
        }
    }
    channel.ctx.set(ctx);
}

/// Forgets who waits, wakes nobody, and has no context serve the channel.
pub(crate) fn detach(channel: Channel<'_>) {
    let waiters = Waiters::of(channel);
    let attached = channel.ctx.get();
    let first = if attached.is_null() { aio::iohandler_context() } else { attached };
    let others = [Direction::Read, Direction::Write]
        .map(|direction| waiters.take(direction).map(|waiter| waiters.context_of(waiter)));
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
    let (waiter, ctx) = {
        let waiters = Waiters::of(channel);
        let Some(waiter) = waiters.take(Direction::Read) else { return };
        let ctx = waiters.context_of(waiter);
        waiters.register_in(ctx);
        (waiter, ctx)
    };
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
