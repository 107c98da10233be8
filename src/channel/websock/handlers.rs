//! Waiting coroutines: handlers for the master's descriptors.
//!
//! A handler that is registered here is passed on to the master, and nobody else
//! polls that direction meanwhile: they would take the bytes it waits for. What the
//! channel has already received, or knows, makes no descriptor ready; then a bottom
//! half calls the handler.

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use glib_sys::{G_IO_IN, G_IO_OUT, GIOCondition};

use super::background;
use super::state::lock;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::abi::qemu::typedefs::AioContext;
use crate::abi::values::IOHandlerPointer;
use crate::host::aio::{BottomHalf, FdHandlers};

/// The handlers for both directions.
#[derive(Default)]
pub(super) struct Handlers {
    has_read: AtomicBool,
    has_write: AtomicBool,
    /// Has memory only while somebody waits: most channels never have a handler.
    sides: Mutex<Option<Box<Sides>>>,
}

#[derive(Default)]
struct Sides {
    read: Side,
    write: Side,
}

/// One direction.
#[derive(Default)]
struct Side {
    waiter: Option<Waiter>,
    /// Calls the handler soon.
    soon: Option<BottomHalf>,
}

#[derive(Clone, Copy)]
struct Waiter {
    context: *mut AioContext,
    handler: unsafe extern "C" fn(*mut c_void),
    opaque: *mut c_void,
}

impl Side {
    /// Registers a handler, or removes the one of this context.
    fn set(&mut self, context: *mut AioContext, handler: IOHandlerPointer, opaque: *mut c_void) {
        match handler {
            Some(handler) => {
                *self = Self { waiter: Some(Waiter { context, handler, opaque }), soon: None };
            }
            None if self.waiter.is_some_and(|waiter| waiter.context == context) => {
                *self = Self::default();
            }
            // The waiter is in another context, and so not meant.
            None => {}
        }
    }

    /// Has the handler called soon, if there is one.
    fn call_soon(
        &mut self,
        channel: &QIOChannelWebsock,
        function: unsafe extern "C" fn(*mut c_void),
    ) {
        if let Some(waiter) = self.waiter
            && self.soon.is_none()
        {
            let opaque = std::ptr::from_ref(channel).cast_mut().cast();
            // SAFETY: the caller of the slot vouches for the context while the
            // handler is registered; the channel deletes the bottom half before it
            // goes away.
            self.soon = Some(unsafe { BottomHalf::schedule(waiter.context, function, opaque) });
        }
    }
}

impl Handlers {
    /// Whether a handler waits for input.
    #[inline]
    pub(super) fn wants_input(&self) -> bool {
        self.has_read.load(Ordering::Acquire)
    }

    /// Whether a handler waits for output.
    #[inline]
    pub(super) fn wants_output(&self) -> bool {
        self.has_write.load(Ordering::Acquire)
    }

    /// Calls the handlers whose condition holds already, but later.
    #[inline]
    pub(super) fn announce(&self, channel: &QIOChannelWebsock) {
        if self.wants_input() || self.wants_output() {
            self.announce_to_all(channel);
        }
    }

    fn announce_to_all(&self, channel: &QIOChannelWebsock) {
        let status = &channel.state().status;
        let mut sides = lock(&self.sides);
        let Some(sides) = &mut *sides else { return };
        if status.ready(G_IO_IN) != 0 {
            sides.read.call_soon(channel, call_read);
        }
        if status.ready(G_IO_OUT) != 0 {
            sides.write.call_soon(channel, call_write);
        }
    }

    /// Forgets everything: the channel goes away.
    pub(super) fn clear(&self) {
        *lock(&self.sides) = None;
    }
}

/// The slot of the class.
pub(super) fn set(channel: &QIOChannelWebsock, given: FdHandlers) {
    let state = channel.state();
    let handlers = &state.handlers;
    let mut slot = lock(&handlers.sides);
    let sides = slot.get_or_insert_default();
    sides.read.set(given.ctx, given.read, given.opaque);
    sides.write.set(given.ctx, given.write, given.opaque);
    let (has_read, has_write) = (sides.read.waiter.is_some(), sides.write.waiter.is_some());
    handlers.has_read.store(has_read, Ordering::Release);
    handlers.has_write.store(has_write, Ordering::Release);
    if !has_read && !has_write {
        *slot = None;
    }
    drop(slot);
    if let Some(inner) = channel.inner() {
        inner.set_aio_fd_handler(given);
    }
    background::update(channel);
}

unsafe extern "C" fn call_read(channel: *mut c_void) {
    // SAFETY: the channel deletes the bottom half before it goes away.
    unsafe { call(channel, G_IO_IN, |sides| &mut sides.read) };
}

unsafe extern "C" fn call_write(channel: *mut c_void) {
    // SAFETY: as above.
    unsafe { call(channel, G_IO_OUT, |sides| &mut sides.write) };
}

/// Calls the handler of a side if it is still there and its condition holds.
///
/// # Safety
///
/// `channel` is a live channel of this class.
unsafe fn call(
    channel: *mut c_void,
    condition: GIOCondition,
    side: impl FnOnce(&mut Sides) -> &mut Side,
) {
    // SAFETY: passed on to the caller.
    let channel = unsafe { &*channel.cast::<QIOChannelWebsock>() };
    let state = channel.state();
    let waiter = {
        let mut sides = lock(&state.handlers.sides);
        let Some(sides) = &mut *sides else { return };
        let side = side(sides);
        side.soon = None;
        side.waiter.filter(|_| state.status.ready(condition) != 0)
    };
    if let Some(Waiter { handler, opaque, .. }) = waiter {
        // SAFETY: registered with its data, and not removed since. The channel may
        // be gone afterwards.
        unsafe { handler(opaque) };
    }
}
