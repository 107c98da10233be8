//! What a channel keeps, and what all parts of it look at.
//!
//! The C struct has no room for it, so it lives in one box that hangs on a pointer
//! field no C code reads.
//!
//! Two locks matter: one for input and one for output. Input may try the lock of
//! output while it holds its own, never wait for it, and output never touches
//! that of input: a reader that sleeps in the channel below must not stop a writer.
//! The other locks here are held for a few instructions.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use glib_sys::{G_IO_ERR, G_IO_HUP, G_IO_IN, G_IO_OUT, GIOCondition};

use super::background::Background;
use super::frame::{ControlPayload, Role};
use super::handlers::Handlers;
use super::handshake::ClientRequest;
use super::input::Input;
use super::opening::Opening;
use super::output::Output;
use super::source::Sources;
use crate::abi::io::channel::QIOChannelShutdown;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::dispatch::Channel;
use crate::error::Error;
use crate::host::object::ObjectRef;
use crate::sys::Errno;

/// No more is read from the master while so much payload waits to be read, and
/// the channel counts as not writable while so much waits to be sent.
pub(super) const BUFFERED_MAX: usize = 8192;

/// Everything private of a channel.
pub(super) struct State {
    /// What the channel asks for, if it is a client.
    pub(super) request: Option<Box<ClientRequest>>,
    /// What all parts look at without a lock.
    pub(super) status: Status,
    /// Decoding.
    pub(super) input: Mutex<Input>,
    /// Sending.
    pub(super) output: Mutex<Output>,
    /// Frames that input wants output to send.
    pub(super) control: Control,
    /// The handshake.
    pub(super) opening: Mutex<Opening>,
    /// The watch in the default main context.
    pub(super) background: Background,
    /// The watches of users.
    pub(super) sources: Sources,
    /// The handlers of coroutines.
    pub(super) handlers: Handlers,
    /// How GSources find the channel.
    pub(super) link: Arc<Link>,
}

impl State {
    /// The state of `channel`, which is new.
    pub(super) fn new(channel: NonNull<QIOChannelWebsock>, request: Option<ClientRequest>) -> Self {
        let role = role(request.is_some());
        Self {
            request: request.map(Box::new),
            status: Status::default(),
            input: Mutex::new(Input::new(role)),
            output: Mutex::new(Output::new()),
            control: Control::default(),
            opening: Mutex::default(),
            background: Background::default(),
            sources: Sources::default(),
            handlers: Handlers::default(),
            link: Arc::new(Link(Mutex::new(Some(Target(channel))))),
        }
    }

    /// Which end of the connection this is.
    #[inline]
    pub(super) fn role(&self) -> Role {
        role(self.request.is_some())
    }
}

/// Which end of a connection a channel is.
fn role(has_request: bool) -> Role {
    if has_request { Role::Client } else { Role::Server }
}

/// Takes a lock. Nothing panics while one is held, so none is ever poisoned.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a lock unless somebody holds it.
pub(super) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// A way to a channel that does not keep it alive.
pub(super) struct Link(Mutex<Option<Target>>);

struct Target(NonNull<QIOChannelWebsock>);

// SAFETY: the pointer is only used under the lock of the link, to take a
// reference, which any thread may do.
unsafe impl Send for Target {}

impl Link {
    /// The channel, unless it is being or was finalised.
    pub(super) fn upgrade(&self) -> Option<ObjectRef<QIOChannelWebsock>> {
        let target = lock(&self.0);
        // SAFETY: finalize cuts the link before the instance goes away, and needs
        // the lock for that.
        let channel = unsafe { target.as_ref()?.0.as_ref() };
        let count = &channel.parent.parent.r#ref;
        count
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |count| {
                (count > 0).then(|| count + 1)
            })
            .ok()?;
        // SAFETY: the reference just counted is owned by the result.
        Some(unsafe { ObjectRef::from_raw(NonNull::from(channel).as_ptr()) })
    }

    /// Lets nobody find the channel any more.
    pub(super) fn cut(&self) {
        *lock(&self.0) = None;
    }
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// The handshake was not started.
    Fresh,
    /// The handshake is under way.
    Opening,
    /// Frames may travel.
    Open,
    /// The handshake failed.
    Failed,
    /// The channel was closed.
    Closed,
}

/// What all parts look at without a lock.
#[derive(Default)]
pub(super) struct Status {
    phase: AtomicU8,
    end_of_file: AtomicBool,
    has_input_error: AtomicBool,
    has_output_error: AtomicBool,
    /// Payload that waits to be read.
    pub(super) buffered: AtomicUsize,
    /// Encoded bytes that wait to be sent.
    pub(super) pending: AtomicUsize,
    errors: Mutex<Errors>,
}

#[derive(Default)]
struct Errors {
    input: Option<Box<Error>>,
    output: Option<Box<Error>>,
}

impl Status {
    /// How far the connection is.
    #[inline]
    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Fresh,
            1 => Phase::Opening,
            2 => Phase::Open,
            3 => Phase::Failed,
            _ => Phase::Closed,
        }
    }

    /// Goes from one phase to another. False if it was not in the first one.
    pub(super) fn advance(&self, from: Phase, to: Phase) -> bool {
        let (from, to) = (from as u8, to as u8);
        self.phase.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Marks the channel as closed. Returns the phase it was in.
    pub(super) fn close(&self) -> Phase {
        let phase = self.phase();
        self.phase.store(Phase::Closed as u8, Ordering::Release);
        phase
    }

    /// Why the channel is not open.
    #[cold]
    pub(super) fn not_open(&self) -> Error {
        match self.phase() {
            Phase::Closed => Error::with_errno(Errno::new(libc::EBADF), "WebSocket is closed"),
            _ => {
                Error::with_errno(Errno::new(libc::ENOTCONN), "WebSocket handshake is not complete")
            }
        }
    }

    /// Whether the peer has ended the stream.
    #[inline]
    pub(super) fn is_at_end(&self) -> bool {
        self.end_of_file.load(Ordering::Acquire)
    }

    /// The peer has ended the stream.
    pub(super) fn end(&self) {
        self.end_of_file.store(true, Ordering::Release);
    }

    /// The error that ended input and output.
    #[inline]
    pub(super) fn input_error(&self) -> Option<Error> {
        if !self.has_input_error() {
            return None;
        }
        lock(&self.errors).input.as_deref().cloned()
    }

    /// The error that ended output.
    #[inline]
    pub(super) fn output_error(&self) -> Option<Error> {
        if !self.has_output_error() {
            return None;
        }
        lock(&self.errors).output.as_deref().cloned()
    }

    /// Whether input and output ended with an error.
    #[inline]
    pub(super) fn has_input_error(&self) -> bool {
        self.has_input_error.load(Ordering::Acquire)
    }

    /// Whether output ended with an error.
    #[inline]
    pub(super) fn has_output_error(&self) -> bool {
        self.has_output_error.load(Ordering::Acquire)
    }

    /// Ends input and output with an error. The first one stays.
    #[cold]
    pub(super) fn fail_input(&self, error: Error) {
        lock(&self.errors).input.get_or_insert_with(|| Box::new(error));
        self.has_input_error.store(true, Ordering::Release);
    }

    /// Ends output with an error. The first one stays.
    #[cold]
    pub(super) fn fail_output(&self, error: Error) {
        lock(&self.errors).output.get_or_insert_with(|| Box::new(error));
        self.has_output_error.store(true, Ordering::Release);
    }

    /// Forgets the errors: the channel is closed.
    pub(super) fn forget_errors(&self) {
        let mut errors = lock(&self.errors);
        self.has_input_error.store(false, Ordering::Release);
        self.has_output_error.store(false, Ordering::Release);
        *errors = Errors::default();
    }

    /// Whether more may be read from the master into the channel's own memory.
    pub(super) fn wants_input(&self) -> bool {
        self.phase() == Phase::Open
            && !self.is_at_end()
            && !self.has_input_error()
            && self.buffered.load(Ordering::Acquire) < BUFFERED_MAX
    }

    /// Which bits of `condition` hold.
    ///
    /// What ends the connection is held back from a watch that also asked for
    /// input while there is some: callers look at it first, and would lose the
    /// last bytes.
    pub(super) fn ready(&self, condition: GIOCondition) -> GIOCondition {
        let phase = self.phase();
        if matches!(phase, Phase::Fresh | Phase::Opening | Phase::Closed) {
            return 0;
        }
        let has_data = self.buffered.load(Ordering::Acquire) > 0;
        let at_end = self.is_at_end();
        let failed = self.has_input_error() || self.has_output_error();
        let is_over = at_end || failed;
        let mut ready = 0;
        if has_data || is_over {
            ready |= G_IO_IN;
        }
        if !(is_over && has_data && condition & G_IO_IN != 0) {
            if is_over || self.pending.load(Ordering::Acquire) < BUFFERED_MAX {
                ready |= G_IO_OUT;
            }
            if at_end {
                ready |= G_IO_HUP;
            }
            if failed {
                ready |= G_IO_ERR;
            }
        }
        ready & condition
    }
}

/// Frames that input wants output to send.
#[derive(Default)]
pub(super) struct Control {
    /// Something was put in since output last looked.
    news: AtomicBool,
    wish: Mutex<Wish>,
}

/// A frame that input wants output to send. One at a time is enough: the newest ping is
/// answered, and nothing is sent behind a close frame.
#[derive(Default)]
pub(super) enum Wish {
    /// None.
    #[default]
    Nothing,
    /// An answer to a ping, with its payload.
    Pong(ControlPayload),
    /// A close frame with its payload, and what is shut down behind it.
    Close(ControlPayload, QIOChannelShutdown),
}

impl Control {
    /// Asks for a pong, in place of one that was not queued yet.
    pub(super) fn post_pong(&self, payload: ControlPayload) {
        let mut wish = lock(&self.wish);
        if !matches!(*wish, Wish::Close(..)) {
            *wish = Wish::Pong(payload);
        }
        self.news.store(true, Ordering::Release);
    }

    /// Asks for a close frame.
    pub(super) fn post_close(&self, payload: ControlPayload, then: QIOChannelShutdown) {
        *lock(&self.wish) = Wish::Close(payload, then);
        self.news.store(true, Ordering::Release);
    }

    /// Whether something was put in since output last looked.
    #[inline]
    pub(super) fn has_news(&self) -> bool {
        self.news.load(Ordering::Acquire)
    }

    /// Looks at the wish.
    pub(super) fn look(&self) -> MutexGuard<'_, Wish> {
        self.news.store(false, Ordering::Release);
        lock(&self.wish)
    }
}

impl QIOChannelWebsock {
    /// The private state.
    #[inline]
    pub(super) fn state(&self) -> &State {
        // SAFETY: init stored the box, finalize frees it, and there is a reference
        // in between. Nobody else uses the field.
        unsafe { &*self.slot().read() }
    }

    /// Stores the private state, in place of what is there, if `Some`.
    pub(super) fn replace_state(&self, state: Option<State>) {
        let new = state.map_or(std::ptr::null_mut(), |state| Box::into_raw(Box::new(state)));
        // SAFETY: the field holds NULL or a box from here; the caller has the only
        // reference to the channel.
        unsafe {
            let old = self.slot().replace(new);
            if !old.is_null() {
                drop(Box::from_raw(old));
            }
        }
    }

    /// The field that holds the box: the data of a buffer that is not used.
    #[inline]
    fn slot(&self) -> *mut *mut State {
        let buffer = self.encinput.as_ptr();
        // SAFETY: a field of a live struct.
        unsafe { (&raw mut (*buffer).buffer).cast() }
    }

    /// The channel below.
    #[inline]
    pub(super) fn inner(&self) -> Option<Channel<'_>> {
        NonNull::new(self.master.get()).map(|master| {
            // SAFETY: the channel owns a reference to its master.
            unsafe { Channel::from_raw(master.as_ptr()) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_channel_takes_less_than_a_kilobyte() {
        // The rest is the instance, the link, and the watch in the main context.
        assert!(size_of::<State>() <= 376);
    }
}
