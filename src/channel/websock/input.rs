//! Receiving: from the master through the decoder to the reader.
//!
//! Bytes land in the caller's memory directly where that is certain to hold nothing
//! but payload, else in a small buffer on the stack. Every byte received is decoded at
//! once: payload that the caller has no room for waits in a queue, and the parts
//! of headers and control frames inside the decoder.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use libc::iovec;

use super::frame::{Close, Decoder, Event, Incoming, Role, Violation, reply_to_close};
use super::queue::Queue;
use super::state::{BUFFERED_MAX, Phase, lock, try_lock};
use super::{background, output};
use crate::abi::io::channel::QIOChannelShutdown;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::dispatch::Channel;
use crate::channel::{Failure, Transfer};
use crate::error::Error;
use crate::sys::{BuffersMut, Errno, IOV_MAX, Window};

/// The most that is received elsewhere than in the caller's memory at once.
const RECEIVE_MAX: usize = 4096;

/// Frames up to this length are received together and put together in place. For
/// longer ones moving the payload costs more than a system call.
const SMALL_FRAME: u64 = 16384;

/// What a reader must have room for at least, so that a master which takes one
/// element at a time reads into its memory.
const DIRECT_MIN: usize = 1024;

/// What was received.
pub(super) struct Input {
    decoder: Decoder,
    /// Payload nobody has read yet.
    payload: Queue,
    /// Whether the master fills several elements without waiting for each; unknown
    /// before the first.
    is_vectored: Option<bool>,
}

impl Input {
    /// Nothing.
    pub(super) fn new(role: Role) -> Self {
        Self { decoder: Decoder::new(role), payload: Queue::new(), is_vectored: None }
    }

    /// Drops everything: the channel is closed.
    fn clear(&mut self) {
        self.payload.clear();
    }
}

/// Reads payload. Waits only as the master does.
pub(super) fn readv(channel: &QIOChannelWebsock, buffers: BuffersMut<'_>) -> Transfer {
    let mut input = lock(&channel.state().input);
    let result = Receiver { channel, input: &mut input }.read(buffers);
    release(channel, input);
    background::engage(channel);
    result
}

/// Receives once and keeps what came, unless somebody else is receiving or enough
/// waits already. What goes wrong is recorded.
pub(super) fn pump(channel: &QIOChannelWebsock) {
    let state = channel.state();
    if let Some(mut input) = try_lock(&state.input) {
        if state.status.wants_input() && input.payload.len() < BUFFERED_MAX {
            let _ = Receiver { channel, input: &mut input }.receive(&mut Room::none());
        }
        release(channel, input);
    }
    output::send_control(channel);
}

/// Takes bytes that arrived along with the end of the handshake.
pub(super) fn take_early(channel: &QIOChannelWebsock, bytes: &mut [u8]) {
    let mut input = lock(&channel.state().input);
    // What goes wrong is recorded.
    let _ = Receiver { channel, input: &mut input }.decode(bytes, &mut Room::none());
    release(channel, input);
    output::send_control(channel);
}

/// Drops what waits, unless a thread is receiving: it does so itself.
pub(super) fn clear(channel: &QIOChannelWebsock) {
    if let Some(input) = try_lock(&channel.state().input) {
        release(channel, input);
    }
}

/// Lets go of the input lock.
fn release(channel: &QIOChannelWebsock, mut input: MutexGuard<'_, Input>) {
    let status = &channel.state().status;
    if status.phase() == Phase::Closed {
        input.clear();
    }
    status.buffered.store(input.payload.len(), Ordering::Release);
}

/// The holder of the input lock.
struct Receiver<'a> {
    channel: &'a QIOChannelWebsock,
    input: &'a mut Input,
}

impl Receiver<'_> {
    fn read(&mut self, buffers: BuffersMut<'_>) -> Transfer {
        if !self.input.payload.is_empty() {
            let count = buffers.fill(self.input.payload.as_slice());
            self.input.payload.consume(count);
            return Ok(count);
        }
        let status = &self.channel.state().status;
        if let Some(error) = status.input_error() {
            return Err(error.into());
        }
        if !status.is_at_end() && status.phase() != Phase::Open {
            return Err(status.not_open().into());
        }
        let mut room = Room::of(buffers);
        if status.is_at_end() || room.is_empty() {
            return match status.output_error() {
                Some(error) if status.is_at_end() => Err(self.fail(error)),
                _ => Ok(0),
            };
        }
        let result = self.read_some(&mut room);
        match (&result, status.output_error()) {
            // Now that everything was read, the failed write ends the connection.
            (Ok(0) | Err(_), Some(error)) => Err(self.fail(error)),
            _ => result,
        }
    }

    /// Receives until there is payload, the end, or an error. Not further: the next
    /// read of the master may block.
    fn read_some(&mut self, room: &mut Room) -> Transfer {
        let status = &self.channel.state().status;
        loop {
            let result = self.receive(room);
            // Before the next read blocks, the peer gets its answers.
            output::send_control(self.channel);
            if room.filled > 0 || status.is_at_end() {
                return Ok(room.filled);
            }
            result?;
        }
    }

    /// Reads once from the master and decodes what came.
    fn receive(&mut self, room: &mut Room) -> Result<(), Failure> {
        let Some(inner) = self.channel.inner() else {
            return Err(self.channel.state().status.not_open().into());
        };
        if self.input.decoder.frame_length() <= SMALL_FRAME
            && room.window.elements().first().is_some_and(|first| first.iov_len > RECEIVE_MAX)
        {
            return self.receive_in_place(inner, room);
        }
        let is_vectored = *self.input.is_vectored.get_or_insert_with(|| inner.fills_vectors());
        let certain = usize::try_from(self.input.decoder.payload_remaining()).unwrap_or(usize::MAX);
        let window = room.window(certain, is_vectored);
        // Where bytes land that may be more than payload.
        let mut others = [0; RECEIVE_MAX];
        match read_inner(inner, window, &mut others, is_vectored) {
            Ok((0, 0)) => self.end(),
            Ok((direct, received)) => {
                self.unmask(direct, room)?;
                self.decode(others.get_mut(..received).unwrap_or_default(), room)
            }
            Err(Failure::WouldBlock) => Err(Failure::WouldBlock),
            Err(Failure::Failed(error)) => Err(self.fail(error)),
        }
    }

    /// Reads once into the caller's memory, headers and all, and leaves only the
    /// payload there: it is never longer than what carries it.
    fn receive_in_place(&mut self, inner: Channel<'_>, room: &mut Room) -> Result<(), Failure> {
        let mut window = Window::new();
        window.extend(room.window.elements().get(..1).unwrap_or_default(), usize::MAX);
        // SAFETY: the caller's memory is writable for the time of the call.
        let count = match inner.read_inner(unsafe { window.as_buffers_mut() }) {
            Ok(0) => return self.end(),
            Ok(count) => count,
            Err(Failure::WouldBlock) => return Err(Failure::WouldBlock),
            Err(Failure::Failed(error)) => return Err(self.fail(error)),
        };
        let Some(memory) = room.filled_by_master(count) else { return Ok(()) };
        let mut filled = 0;
        let result = self.compact(memory, &mut filled);
        room.advance(filled);
        result
    }

    /// Decodes `memory` and moves the payload to its start.
    fn compact(&mut self, memory: &mut [u8], filled: &mut usize) -> Result<(), Failure> {
        let mut taken = 0;
        loop {
            let mut input = Incoming::new(memory.get_mut(taken..).unwrap_or_default());
            let event = self.input.decoder.next(&mut input);
            let rest = input.len();
            match event {
                Ok(Some(Event::Payload(payload))) => {
                    let length = payload.len();
                    taken = memory.len() - rest;
                    if taken - length != *filled {
                        memory.copy_within(taken - length..taken, *filled);
                    }
                    *filled += length;
                }
                Ok(None) => return Ok(()),
                event => {
                    self.act_on(event)?;
                    taken = memory.len() - rest;
                }
            }
        }
    }

    /// Unmasks payload that was received into the caller's memory.
    fn unmask(&mut self, count: usize, room: &mut Room) -> Result<(), Failure> {
        let mut left = count;
        while left > 0
            && let Some(piece) = room.take(left)
        {
            left -= piece.len();
            let mut piece = Incoming::new(piece);
            // Known to be payload before it was received, so there are no events.
            while let Some(Event::Payload(_)) =
                self.input.decoder.next(&mut piece).map_err(|violation| self.refuse(violation))?
            {
            }
        }
        Ok(())
    }

    /// Decodes bytes: payload goes to the caller, or to the queue when there is no
    /// room; what stands behind the end of the connection is dropped.
    fn decode(&mut self, bytes: &mut [u8], room: &mut Room) -> Result<(), Failure> {
        let mut bytes = Incoming::new(bytes);
        loop {
            match self.input.decoder.next(&mut bytes) {
                Ok(None) => return Ok(()),
                Ok(Some(Event::Payload(payload))) => {
                    let count = room.fill(payload);
                    self.input.payload.push(payload.get(count..).unwrap_or_default());
                }
                event => self.act_on(event)?,
            }
        }
    }

    /// Does what something else than payload asks for.
    fn act_on(&self, event: Result<Option<Event<'_>>, Violation>) -> Result<(), Failure> {
        match event {
            Ok(Some(Event::Ping(payload))) => {
                self.channel.state().control.post_pong(payload);
                Ok(())
            }
            Ok(Some(Event::Close(payload))) => Err(match Close::parse(payload.as_slice()) {
                Ok(close) => self.close(&close),
                Err(violation) => self.refuse(violation),
            }),
            Err(violation) => Err(self.refuse(violation)),
            Ok(Some(Event::Payload(_)) | None) => Ok(()),
        }
    }

    /// The master is at end of file.
    fn end(&self) -> Result<(), Failure> {
        if self.input.decoder.is_between_messages() {
            self.channel.state().status.end();
            return Ok(());
        }
        Err(self.fail(Error::with_errno(
            Errno::new(libc::ECONNRESET),
            "WebSocket connection ended inside a message",
        )))
    }

    /// The peer has closed the connection.
    #[cold]
    fn close(&self, close: &Close<'_>) -> Failure {
        let then = match self.channel.state().role() {
            Role::Server => QIOChannelShutdown::QIO_CHANNEL_SHUTDOWN_BOTH,
            // It is the server that ends the connection below.
            Role::Client => QIOChannelShutdown::QIO_CHANNEL_SHUTDOWN_WRITE,
        };
        self.channel.state().control.post_close(reply_to_close(close), then);
        self.fail(Error::new(match (close.code, close.reason) {
            (None, _) => "WebSocket closed by peer".to_owned(),
            (Some(code), "") => format!("WebSocket closed by peer with code {code}"),
            (Some(code), reason) => {
                let reason = reason.escape_default();
                format!("WebSocket closed by peer with code {code}: {reason}")
            }
        }))
    }

    /// The peer has broken a rule.
    #[cold]
    fn refuse(&self, violation: Violation) -> Failure {
        let then = QIOChannelShutdown::QIO_CHANNEL_SHUTDOWN_BOTH;
        self.channel.state().control.post_close(violation.close_payload(), then);
        self.fail(Error::with_errno(
            Errno::new(libc::EPROTO),
            format!("WebSocket protocol error: {}", violation.description()),
        ))
    }

    /// Nothing more is received. Returns the error that is reported from now on.
    #[cold]
    fn fail(&self, error: Error) -> Failure {
        self.channel.state().status.fail_input(error.clone());
        Failure::Failed(error)
    }
}

/// Reads into the window and, if that is possible too, into `others`. Returns how much
/// went where.
fn read_inner(
    inner: Channel<'_>,
    mut window: Window,
    others: &mut [u8],
    is_vectored: bool,
) -> Result<(usize, usize), Failure> {
    let direct = window.total();
    if direct == 0 || is_vectored {
        window.push_mut(others);
    }
    // SAFETY: the caller's elements are writable, and so are the others, which nobody
    // else has.
    let count = inner.read_inner(unsafe { window.as_buffers_mut() })?;
    Ok((count.min(direct), count.saturating_sub(direct)))
}

/// The memory of a reader.
struct Room {
    window: Window,
    filled: usize,
}

impl Room {
    /// Nobody is reading.
    fn none() -> Self {
        Self { window: Window::new(), filled: 0 }
    }

    /// The memory of a caller.
    #[inline]
    fn of(buffers: BuffersMut<'_>) -> Self {
        let mut window = Window::new();
        window.extend(buffers.elements(), usize::MAX);
        Self { window, filled: 0 }
    }

    fn is_empty(&self) -> bool {
        self.window.is_empty()
    }

    /// The part of the memory that `certain` bytes of payload may be received into.
    #[inline]
    fn window(&self, certain: usize, is_vectored: bool) -> Window {
        let mut window = Window::new();
        // One element is left for what is not the caller's memory.
        let elements = self.window.elements();
        let elements = elements.get(..elements.len().min(IOV_MAX - 1)).unwrap_or_default();
        if is_vectored {
            window.extend(elements, certain);
        } else if let [first, ..] = elements
            && first.iov_len.min(certain) >= DIRECT_MIN
        {
            window.extend(&[*first], certain);
        }
        window
    }

    /// The next piece of memory, at most `limit` bytes, that the master has filled.
    #[inline]
    fn take<'a>(&mut self, limit: usize) -> Option<&'a mut [u8]> {
        let iovec { iov_base, iov_len } = *self.window.elements().first()?;
        let length = iov_len.min(limit);
        self.advance(length);
        // SAFETY: the caller of the read gave this memory for the time of the call;
        // the master has filled it; the window never hands it out again.
        Some(unsafe { std::slice::from_raw_parts_mut(iov_base.cast(), length) })
    }

    /// The start of the first piece of memory, which the master has filled.
    #[inline]
    fn filled_by_master<'a>(&self, count: usize) -> Option<&'a mut [u8]> {
        let iovec { iov_base, iov_len } = *self.window.elements().first()?;
        // SAFETY: as in `take`; the caller drops the slice before the window is used
        // for memory again.
        Some(unsafe { std::slice::from_raw_parts_mut(iov_base.cast(), count.min(iov_len)) })
    }

    /// Leaves memory that was filled to the caller.
    #[inline]
    fn advance(&mut self, count: usize) {
        self.window.advance(count);
        self.filled += count;
    }

    /// Copies as much of `payload` as there is room for.
    #[inline]
    fn fill(&mut self, payload: &[u8]) -> usize {
        // SAFETY: the caller's memory is writable for the time of the call.
        let count = unsafe { self.window.as_buffers_mut() }.fill(payload);
        self.advance(count);
        count
    }
}
