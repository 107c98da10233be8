//! Sending: frames from writes, pongs and close frames, in the order they came.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

use super::background;
use super::frame::{ControlPayload, Header, Opcode, Role};
use super::mask::Mask;
use super::queue::Queue;
use super::random::Masks;
use super::state::{BUFFERED_MAX, Phase, Wish, lock, try_lock};
use crate::abi::io::channel::QIOChannelShutdown;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::dispatch::Channel;
use crate::channel::{Failure, Transfer};
use crate::error::Error;
use crate::sys::{Buffers, Errno, Window};

/// The most payload in one frame, when nothing is pending.
const FRAME_MAX: usize = 65536;

/// What waits to be sent. Once the master has refused bytes they stay in front of
/// everything else: a TLS master may have taken them into a record already.
pub(super) struct Output {
    queue: Queue,
    /// Bytes of the queue up to the end of the pong in it; 0 if there is none.
    pong_end: usize,
    /// A close frame is in the queue, and this follows it.
    then: Option<QIOChannelShutdown>,
    /// Nothing more may be queued: a close frame was, or the master failed.
    is_over: bool,
    masks: Masks,
}

impl Output {
    /// Nothing.
    pub(super) fn new() -> Self {
        Self {
            queue: Queue::new(),
            pong_end: 0,
            then: None,
            is_over: false,
            masks: Masks::default(),
        }
    }

    /// Drops everything: the channel is closed.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.pong_end = 0;
        self.then = None;
        self.is_over = true;
    }

    /// How much payload the next frame may have.
    fn room(&self) -> usize {
        match self.queue.len() {
            0 => FRAME_MAX,
            pending => BUFFERED_MAX.saturating_sub(pending),
        }
    }

    fn consume(&mut self, count: usize) {
        self.queue.consume(count);
        self.pong_end = self.pong_end.saturating_sub(count);
    }
}

/// Writes one frame. What the master does not take at once is kept.
pub(super) fn writev(channel: &QIOChannelWebsock, buffers: Buffers<'_>) -> Transfer {
    let mut output = lock(&channel.state().output);
    let result = Sender { channel, output: &mut output }.write(buffers);
    settle(channel, output);
    background::engage(channel);
    result
}

/// How many bytes of frames wait to be sent.
#[cfg(any(feature = "runtime", feature = "backports"))]
pub(super) fn pending(channel: &QIOChannelWebsock) -> usize {
    channel.state().status.pending.load(Ordering::Acquire)
}

/// Sends what waits, as far as the master takes it, unless somebody else is
/// sending: then that thread does it.
pub(super) fn flush(channel: &QIOChannelWebsock) {
    if let Some(mut output) = try_lock(&channel.state().output) {
        // A failure is recorded; blocking is not one.
        let _ = Sender { channel, output: &mut output }.flush();
        settle(channel, output);
    }
}

/// Sends what input has asked for. To be called after input was worked on.
#[inline]
pub(super) fn send_control(channel: &QIOChannelWebsock) {
    let state = channel.state();
    if state.control.has_news()
        && let Some(output) = try_lock(&state.output)
    {
        settle(channel, output);
    }
}

/// Queues a close frame if nothing has ended the connection yet, and sends as much
/// as the master takes at once.
pub(super) fn say_goodbye(channel: &QIOChannelWebsock, payload: &ControlPayload) {
    if let Some(mut output) = try_lock(&channel.state().output)
        && !output.is_over
    {
        let mut sender = Sender { channel, output: &mut output };
        // The connection ends in any case.
        if sender.queue_control(Opcode::Close, payload).is_ok() {
            let _ = sender.flush();
        }
    }
}

/// Drops what waits, unless a thread is sending: it does so itself.
pub(super) fn clear(channel: &QIOChannelWebsock) {
    if let Some(output) = try_lock(&channel.state().output) {
        settle(channel, output);
    }
}

/// Lets go of the output lock, but not before everything that input asked for is
/// queued: input only tries the lock, and relies on its holder.
fn settle<'a>(channel: &'a QIOChannelWebsock, mut output: MutexGuard<'a, Output>) {
    let state = channel.state();
    loop {
        Sender { channel, output: &mut output }.queue_requested();
        if state.status.phase() == Phase::Closed {
            output.clear();
        }
        state.status.pending.store(output.queue.len(), Ordering::Release);
        drop(output);
        if !state.control.has_news() {
            return;
        }
        match try_lock(&state.output) {
            Some(again) => output = again,
            None => return,
        }
    }
}

/// The holder of the output lock.
struct Sender<'a> {
    channel: &'a QIOChannelWebsock,
    output: &'a mut Output,
}

impl Sender<'_> {
    fn write(&mut self, buffers: Buffers<'_>) -> Transfer {
        self.check()?;
        let Some(total) = buffers.total() else {
            return Err(
                Error::with_errno(Errno::new(libc::EINVAL), "Too many bytes in one write").into()
            );
        };
        if self.output.room() == 0 || total == 0 {
            match self.flush() {
                Ok(()) | Err(Failure::WouldBlock) => {}
                Err(failure) => return Err(failure),
            }
        }
        let wanted = total.min(self.output.room());
        match (wanted, self.channel.state().role()) {
            (0, _) if total == 0 => Ok(0),
            (0, _) => Err(Failure::WouldBlock),
            (_, Role::Server) => self.write_plain(buffers, wanted),
            (_, Role::Client) => self.write_masked(buffers, wanted),
        }
    }

    /// Whether anything may be written at all.
    fn check(&self) -> Result<(), Error> {
        let status = &self.channel.state().status;
        if let Some(error) = status.input_error().or_else(|| status.output_error()) {
            return Err(error);
        }
        if status.phase() != Phase::Open {
            return Err(status.not_open());
        }
        if status.is_at_end() || self.output.is_over {
            return Err(Error::with_errno(Errno::new(libc::EPIPE), "WebSocket peer has gone"));
        }
        Ok(())
    }

    fn inner(&self) -> Result<Channel<'_>, Error> {
        self.channel.inner().ok_or_else(|| self.channel.state().status.not_open())
    }

    /// Sends what waits, a header and the caller's memory in one go. Only what the
    /// master does not take is copied.
    fn write_plain(&mut self, buffers: Buffers<'_>, wanted: usize) -> Transfer {
        let header = Header::new(Opcode::Binary, wanted, None);
        let mut window = Window::new();
        window.push(self.output.queue.as_slice());
        window.push(header.as_slice());
        window.extend(buffers.elements(), wanted);
        let mut sent = 0;
        while !window.is_empty() {
            // SAFETY: the queue is not changed while the window points into it, and
            // the rest is the header and the caller's elements.
            let elements = unsafe { window.as_buffers() };
            match self.inner()?.write_inner(elements) {
                Ok(count) => {
                    sent += count;
                    window.advance(count);
                }
                Err(Failure::WouldBlock) => {
                    self.keep(header, buffers, wanted, sent);
                    return Ok(wanted);
                }
                Err(Failure::Failed(error)) => return Err(self.fail(error).into()),
            }
        }
        self.output.consume(usize::MAX);
        Ok(wanted)
    }

    /// Queues what is left of a frame of which, together with what was queued
    /// before it, `sent` bytes were sent.
    fn keep(&mut self, header: Header, buffers: Buffers<'_>, wanted: usize, sent: usize) {
        let before = self.output.queue.len();
        self.output.consume(sent);
        let mut rest = Window::new();
        rest.push(header.as_slice());
        rest.extend(buffers.elements(), wanted);
        rest.advance(sent.saturating_sub(before));
        // SAFETY: the header and the caller's elements are readable.
        unsafe { rest.as_buffers() }.append_to(self.output.queue.tail());
    }

    /// Queues a masked copy and sends it.
    fn write_masked(&mut self, buffers: Buffers<'_>, wanted: usize) -> Transfer {
        let bytes = self.next_mask()?;
        let queue = self.output.queue.tail();
        queue.extend_from_slice(Header::new(Opcode::Binary, wanted, Some(bytes)).as_slice());
        let start = queue.len();
        let mut window = Window::new();
        window.extend(buffers.elements(), wanted);
        // SAFETY: the caller's elements are readable.
        unsafe { window.as_buffers() }.append_to(queue);
        if let Some(payload) = queue.get_mut(start..) {
            Mask::new(bytes).apply(payload);
        }
        match self.flush() {
            Ok(()) | Err(Failure::WouldBlock) => Ok(wanted),
            Err(failure) => Err(failure),
        }
    }

    /// Sends what waits.
    fn flush(&mut self) -> Result<(), Failure> {
        while !self.output.queue.is_empty() {
            let mut window = Window::new();
            window.push(self.output.queue.as_slice());
            // SAFETY: the queue is not changed before the window is dropped.
            let elements = unsafe { window.as_buffers() };
            match self.inner()?.write_inner(elements) {
                Ok(count) => self.output.consume(count),
                Err(Failure::WouldBlock) => return Err(Failure::WouldBlock),
                Err(Failure::Failed(error)) => return Err(self.fail(error).into()),
            }
        }
        self.shut_down_behind_close();
        Ok(())
    }

    /// Moves frames that input asked for to the queue, and sends them.
    fn queue_requested(&mut self) {
        while self.queue_one_requested() {
            if self.flush().is_err() {
                return;
            }
        }
    }

    /// Whether there was one that can be queued now.
    fn queue_one_requested(&mut self) -> bool {
        let channel = self.channel;
        let mut wish = channel.state().control.look();
        // The newest ping waits until the last answer is out.
        if matches!(*wish, Wish::Pong(_)) && self.output.pong_end > 0 && !self.output.is_over {
            return false;
        }
        let taken = std::mem::take(&mut *wish);
        drop(wish);
        match taken {
            Wish::Nothing => return false,
            Wish::Pong(_) if self.output.is_over => return false,
            Wish::Pong(payload) => {
                if self.queue_control(Opcode::Pong, &payload).is_ok() {
                    self.output.pong_end = self.output.queue.len();
                }
            }
            Wish::Close(payload, then) => {
                // If the master has failed, only the shutdown is left.
                self.output.then = Some(then);
                if !self.output.is_over {
                    // A failure is recorded.
                    let _ = self.queue_control(Opcode::Close, &payload);
                }
            }
        }
        true
    }

    /// Queues a control frame.
    fn queue_control(&mut self, opcode: Opcode, payload: &ControlPayload) -> Result<(), Error> {
        let mask = match self.channel.state().role() {
            Role::Server => None,
            Role::Client => Some(self.next_mask()?),
        };
        let payload = payload.as_slice();
        let queue = self.output.queue.tail();
        queue.extend_from_slice(Header::new(opcode, payload.len(), mask).as_slice());
        let start = queue.len();
        queue.extend_from_slice(payload);
        if let Some(payload) = queue.get_mut(start..) {
            Mask::new(mask.unwrap_or_default()).apply(payload);
        }
        self.output.is_over |= opcode == Opcode::Close;
        Ok(())
    }

    /// The mask of the next frame. Nothing is sent without one.
    fn next_mask(&mut self) -> Result<[u8; 4], Error> {
        self.output.masks.next().map_err(|errno| {
            self.fail(Error::with_errno(errno, "Unable to get random bytes for a WebSocket mask"))
        })
    }

    /// Output is over: the rest is dropped, and every later write fails alike.
    /// Input goes on, as the peer may have sent something before.
    #[cold]
    fn fail(&mut self, error: Error) -> Error {
        self.channel.state().status.fail_output(error.clone());
        self.output.consume(usize::MAX);
        self.output.is_over = true;
        self.shut_down_behind_close();
        error
    }

    /// Shuts the master down if a close frame was queued: it is out, or lost.
    fn shut_down_behind_close(&mut self) {
        if let Some(how) = self.output.then.take()
            && let Some(inner) = self.channel.inner()
        {
            // The connection is over, whatever the master says.
            let _ = inner.shutdown_inner(how as u32);
        }
    }
}
