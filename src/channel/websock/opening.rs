//! The handshake: moving the heads, in the default main context.

use std::mem;

use glib_sys::{
    G_IO_ERR, G_IO_HUP, G_IO_IN, G_IO_OUT, G_SOURCE_CONTINUE, G_SOURCE_REMOVE, GIOCondition,
    gboolean, gpointer,
};

use super::background::{self, Armed, call_with_link};
use super::completion::Completion;
use super::frame::Role;
use super::handshake::{
    Key, REQUEST_MAX, RESPONSE_MAX, Refusal, Scan, accept, judge_request, scan,
};
use super::input;
use super::queue::Queue;
use super::state::{Link, Phase, lock};
use crate::abi::io::channel::QIOChannel;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::Failure;
use crate::channel::dispatch::Channel;
use crate::error::Error;
use crate::sys::{Errno, Window, random};

/// Where the handshake of a channel stands.
#[derive(Default)]
pub(super) enum Opening {
    /// There is none.
    #[default]
    Idle,
    /// It waits for the master.
    Waiting(Box<Handshake>),
    /// Its source is being dispatched.
    Running,
    /// The channel was closed while the source was being dispatched.
    Cancelled,
}

/// A handshake under way.
pub(super) struct Handshake {
    /// What it waits with.
    armed: Option<Armed>,
    completion: Completion,
    stage: Stage,
    received: Vec<u8>,
    to_send: Queue,
    /// The key of a client's request.
    key: Option<Key>,
    /// What a server's reply says.
    outcome: Result<(), Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Receive,
    Send,
}

/// What one round led to.
enum Round {
    /// The same again.
    Again,
    /// The other stage.
    Next,
    /// The end.
    Over(Result<(), Error>),
}

impl Stage {
    fn condition(self) -> GIOCondition {
        match self {
            // A pipe whose writer is gone reports a hang-up without input.
            Self::Receive => G_IO_IN | G_IO_HUP | G_IO_ERR,
            // A Unix socket with a full queue reports its end as a hang-up only.
            Self::Send => G_IO_OUT | G_IO_HUP | G_IO_ERR,
        }
    }
}

/// Starts the handshake. What comes of it, even if it cannot be started, is told
/// later, from the default main context.
pub(super) fn start(channel: &QIOChannelWebsock, completion: Completion) {
    match prepare(channel) {
        Ok((stage, to_send, key)) => {
            let handshake = Handshake {
                armed: None,
                completion,
                stage,
                received: Vec::new(),
                to_send,
                key,
                outcome: Ok(()),
            };
            wait(channel, Box::new(handshake));
        }
        Err(error) => completion.fail_later(error),
    }
}

/// What a handshake starts with.
fn prepare(channel: &QIOChannelWebsock) -> Result<(Stage, Queue, Option<Key>), Error> {
    let state = channel.state();
    if channel.inner().is_none() || state.status.phase() != Phase::Fresh {
        return Err(Error::new("WebSocket handshake is not possible now"));
    }
    let mut to_send = Queue::new();
    let (stage, key) = match &state.request {
        None => (Stage::Receive, None),
        Some(request) => {
            let key = new_key()?;
            to_send.push(request.head(&key).as_bytes());
            (Stage::Send, Some(key))
        }
    };
    if !state.status.advance(Phase::Fresh, Phase::Opening) {
        return Err(Error::new("WebSocket handshake is under way"));
    }
    Ok((stage, to_send, key))
}

fn new_key() -> Result<Key, Error> {
    let mut bytes = [0; 16];
    let result = random::fill(&mut bytes);
    result.map_err(|errno| {
        Error::with_errno(errno, "Unable to get random bytes for a WebSocket key")
    })?;
    Key::from_bytes(bytes).ok_or_else(|| Error::new("Unable to encode a WebSocket key"))
}

/// Drops a handshake without telling what came of it.
pub(super) fn cancel(channel: &QIOChannelWebsock) {
    let mut opening = lock(&channel.state().opening);
    let dropped = match &*opening {
        Opening::Idle | Opening::Cancelled => Opening::Idle,
        Opening::Running => mem::replace(&mut *opening, Opening::Cancelled),
        Opening::Waiting(..) => mem::take(&mut *opening),
    };
    drop(opening);
    // Calls back: the user's data is released.
    drop(dropped);
}

/// Has the handshake go on when the master is ready for its stage.
fn wait(channel: &QIOChannelWebsock, mut handshake: Box<Handshake>) {
    let Some(inner) = channel.inner() else { return };
    let watch = inner.create_watch(handshake.stage.condition());
    call_with_link(&watch, channel, go_on);
    // The source may be dispatched by another thread at once: it waits for the lock.
    let mut opening = lock(&channel.state().opening);
    // SAFETY: NULL is the default main context.
    unsafe { watch.attach_to(std::ptr::null_mut()) };
    handshake.armed = Some(Armed::new(watch));
    let cancelled = match &*opening {
        Opening::Cancelled => Some(handshake),
        _ => {
            *opening = Opening::Waiting(handshake);
            None
        }
    };
    drop(opening);
    drop(cancelled);
}

/// The master is ready.
unsafe extern "C" fn go_on(
    _inner: *mut QIOChannel,
    _condition: GIOCondition,
    link: gpointer,
) -> gboolean {
    // SAFETY: the callback's data is a link, alive while the callback runs.
    let Some(channel) = (unsafe { &*link.cast::<Link>() }).upgrade() else {
        return G_SOURCE_REMOVE;
    };
    let mut opening = lock(&channel.state().opening);
    let mut handshake = match mem::replace(&mut *opening, Opening::Running) {
        Opening::Waiting(handshake) => handshake,
        other => {
            // The source was replaced or cancelled just before.
            *opening = other;
            return G_SOURCE_REMOVE;
        }
    };
    drop(opening);

    let round = handshake.round(&channel);
    match round {
        Round::Again => {
            if keep(&channel, handshake) {
                return G_SOURCE_CONTINUE;
            }
        }
        Round::Next => {
            handshake.armed = None;
            wait(&channel, handshake);
        }
        Round::Over(result) => {
            handshake.armed = None;
            finish(&channel, *handshake, result);
        }
    }
    G_SOURCE_REMOVE
}

/// Waits with the same source. False if the channel was closed meanwhile.
fn keep(channel: &QIOChannelWebsock, handshake: Box<Handshake>) -> bool {
    let mut opening = lock(&channel.state().opening);
    if matches!(&*opening, Opening::Running) {
        *opening = Opening::Waiting(handshake);
        return true;
    }
    drop(opening);
    // The handshake and its source are dropped without the lock.
    false
}

/// The handshake is over: opens the channel or not, and tells.
fn finish(channel: &QIOChannelWebsock, mut handshake: Handshake, result: Result<(), Error>) {
    let state = channel.state();
    let mut opening = lock(&state.opening);
    let is_cancelled = matches!(*opening, Opening::Cancelled);
    *opening = Opening::Idle;
    drop(opening);
    if is_cancelled {
        return;
    }
    match &result {
        Ok(()) => {
            if state.status.advance(Phase::Opening, Phase::Open) {
                // Frames may have come along with the head.
                input::take_early(channel, &mut handshake.received);
            }
        }
        Err(error) => {
            state.status.fail_input(error.clone());
            state.status.advance(Phase::Opening, Phase::Failed);
        }
    }
    background::update(channel);
    // The user may close the channel from here.
    handshake.completion.tell(result);
}

impl Handshake {
    /// Does what the master is ready for.
    fn round(&mut self, channel: &QIOChannelWebsock) -> Round {
        let Some(inner) = channel.inner() else {
            return Round::Over(Err(channel.state().status.not_open()));
        };
        let result = match self.stage {
            Stage::Receive => self.receive(channel, inner),
            Stage::Send => self.send(channel.state().role(), inner),
        };
        match result {
            Ok(round) => round,
            Err(Failure::WouldBlock) => Round::Again,
            Err(Failure::Failed(error)) => Round::Over(Err(error)),
        }
    }

    fn receive(
        &mut self,
        channel: &QIOChannelWebsock,
        inner: Channel<'_>,
    ) -> Result<Round, Failure> {
        let state = channel.state();
        let limit = match state.role() {
            Role::Server => REQUEST_MAX,
            Role::Client => RESPONSE_MAX,
        };
        let count = self.read(inner, limit)?;
        let scanned = scan(&self.received);
        if let (Scan::Incomplete, 0) = (scanned, count) {
            return Err(Error::with_errno(
                Errno::new(libc::ECONNRESET),
                "Connection ended before the end of the WebSocket handshake",
            )
            .into());
        }
        if scanned == Scan::Incomplete && self.received.len() < limit {
            return Ok(Round::Again);
        }
        Ok(match (&state.request, self.key) {
            (Some(request), Some(key)) => Round::Over(
                match scanned {
                    Scan::Complete(end) => request.judge_response(&self.take_head(end), &key),
                    Scan::Incomplete => Err("The response headers are too long".into()),
                    Scan::Malformed => Err("The response is not HTTP".into()),
                }
                .map_err(|message| refused(&message)),
            ),
            _ => {
                self.reply(scanned);
                Round::Next
            }
        })
    }

    /// Decides about a request.
    fn reply(&mut self, scanned: Scan) {
        let judged = match scanned {
            Scan::Complete(end) => judge_request(&self.take_head(end)),
            Scan::Incomplete => Err(Refusal::TooLarge),
            Scan::Malformed => Err(Refusal::malformed()),
        };
        let text = match &judged {
            Ok(request) => accept(request),
            Err(refusal) => refusal.reply(),
        };
        self.to_send.push(text.as_bytes());
        self.outcome = judged.map(drop).map_err(|refusal| refused(&refusal.message()));
        self.stage = Stage::Send;
    }

    /// Takes the head off what was received; the rest are frames.
    fn take_head(&mut self, end: usize) -> Vec<u8> {
        let rest = self.received.split_off(end);
        mem::replace(&mut self.received, rest)
    }

    /// Reads once, up to `limit` bytes in all.
    fn read(&mut self, inner: Channel<'_>, limit: usize) -> Result<usize, Failure> {
        let before = self.received.len();
        self.received.resize(limit, 0);
        let mut window = Window::new();
        window.push_mut(self.received.get_mut(before..).unwrap_or_default());
        // SAFETY: the window is the vector's own memory, writable through `self`.
        let result = inner.read_inner(unsafe { window.as_buffers_mut() });
        self.received.truncate(before + result.as_ref().map_or(0, |count| *count));
        result
    }

    fn send(&mut self, role: Role, inner: Channel<'_>) -> Result<Round, Failure> {
        let mut window = Window::new();
        window.push(self.to_send.as_slice());
        // SAFETY: the queue is not changed before the window is dropped.
        let count = inner.write_inner(unsafe { window.as_buffers() })?;
        self.to_send.consume(count);
        if !self.to_send.is_empty() {
            return Ok(Round::Again);
        }
        Ok(match role {
            Role::Server => Round::Over(mem::replace(&mut self.outcome, Ok(()))),
            Role::Client => {
                self.stage = Stage::Receive;
                Round::Next
            }
        })
    }
}

fn refused(message: &str) -> Error {
    Error::with_errno(Errno::new(libc::EPROTO), format!("WebSocket handshake failed: {message}"))
}
