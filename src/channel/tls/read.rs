//! Records into the caller's buffers.
//!
//! One read delivers at most one record: once it has data, it takes what the session
//! holds decrypted already and leaves the transport alone (the *gate*). So it neither
//! blocks nor fails with data in hand.

use std::ffi::c_void;

use super::QIOChannelTLS;
use super::cold::{self, Direction};
use super::state::{Flags, Guard};
use crate::abi::io::channel::QIOChannelShutdown::QIO_CHANNEL_SHUTDOWN_READ;
use crate::channel::request::ReadFlags;
use crate::channel::{Failure, Transfer};
use crate::error::Error;
use crate::host::tls::Session;
use crate::sys::{BuffersMut, Errno};

/// How often one read asks the session again after a message without data. A peer
/// could send such messages for ever.
const ATTEMPTS: u32 = 16;

const MESSAGE: &str = "Cannot read from TLS channel";

/// What one call of the session ended with.
enum Outcome {
    /// So many bytes.
    Data(usize),
    /// There is nothing to be had now.
    Nothing,
    /// It failed.
    Failed(Errno),
}

impl QIOChannelTLS {
    /// Reads what is left of the current record, or the next one.
    pub(super) fn read_record(&self, buffers: BuffersMut<'_>, flags: ReadFlags) -> Transfer {
        if buffers.elements().iter().all(|element| element.iov_len == 0) {
            return Ok(0);
        }
        let session = self.session()?;
        let guard = self.state().lock();
        let state = guard.state();
        state.clear(Flags::GATE.and(Flags::BLOCKED).and(Flags::FULL));
        state.set(Flags::READING);
        let result = self.fill(session, &guard, buffers, flags);
        state.clear(Flags::GATE.and(Flags::READING));
        result
    }

    fn fill(
        &self,
        session: Session,
        guard: &Guard<'_>,
        buffers: BuffersMut<'_>,
        flags: ReadFlags,
    ) -> Transfer {
        let state = guard.state();
        let mut count = 0;
        let mut first = guard.take_lookahead();
        if first.is_none() && state.has(Flags::ENDED) {
            return self.at_end(flags);
        }
        for element in buffers.elements().iter().filter(|element| element.iov_len > 0) {
            let (mut data, mut length) = (element.iov_base, element.iov_len);
            if let Some(byte) = first.take() {
                // SAFETY: the element is writable and not empty.
                unsafe { data.cast::<u8>().write(byte) };
                (data, length) = (data.wrapping_byte_add(1), length - 1);
                count = 1;
                state.set(Flags::GATE);
                if length == 0 {
                    continue;
                }
            }
            // SAFETY: the rest of the element is writable.
            match unsafe { receive(session, guard, data, length) } {
                Outcome::Data(read) => {
                    count += read;
                    // 0 is the peer's end of the session.
                    if read < length {
                        return Ok(count);
                    }
                    state.set(Flags::GATE);
                }
                _ if count > 0 => return Ok(count),
                Outcome::Nothing => return Err(Failure::WouldBlock),
                Outcome::Failed(errno) => return self.read_failed(guard, errno, flags),
            }
        }
        // All buffers are full, so there may be more of the record.
        state.set(Flags::FULL);
        Ok(count)
    }

    /// Reports a failure of the session.
    #[cold]
    fn read_failed(&self, guard: &Guard<'_>, errno: Errno, flags: ReadFlags) -> Transfer {
        let cause = cold::take_failure(self, Direction::Read);
        if guard.state().has(Flags::ENDED) && self.may_end(flags) {
            return Ok(0);
        }
        Err(failure(MESSAGE, errno, cause).into())
    }

    /// A read after the transport has ended without notice.
    #[cold]
    fn at_end(&self, flags: ReadFlags) -> Transfer {
        if self.may_end(flags) {
            return Ok(0);
        }
        Err(failure(MESSAGE, Errno::new(libc::ECONNABORTED), None).into())
    }

    /// Whether the transport's end without notice is an end of file.
    fn may_end(&self, flags: ReadFlags) -> bool {
        flags.has_relaxed_end() || self.is_shut_down(QIO_CHANNEL_SHUTDOWN_READ as u32)
    }

    /// Whether there is plaintext that no read has delivered, without touching the
    /// transport.
    pub(super) fn has_plaintext(&self) -> bool {
        let state = self.state();
        if !state.has(Flags::LOOKAHEAD.and(Flags::FULL)) {
            return false;
        }
        let guard = state.lock();
        if state.has(Flags::LOOKAHEAD) {
            return true;
        }
        if !state.has(Flags::FULL) || state.has(Flags::READING) {
            return false;
        }
        let Ok(session) = self.session() else { return false };
        let mut byte = 0u8;
        // As a reader, so that no second look begins should the session give the lock
        // away.
        state.set(Flags::GATE.and(Flags::READING));
        // SAFETY: one byte is writable.
        let outcome = unsafe { receive(session, &guard, (&raw mut byte).cast(), 1) };
        state.clear(Flags::GATE.and(Flags::READING));
        match outcome {
            Outcome::Data(1) => {
                guard.keep_lookahead(byte);
                true
            }
            _ => {
                state.clear(Flags::FULL);
                false
            }
        }
    }
}

/// Calls the session until it has data or says why not.
///
/// # Safety
///
/// `data` is writable for `length` bytes.
unsafe fn receive(
    session: Session,
    guard: &Guard<'_>,
    data: *mut c_void,
    length: usize,
) -> Outcome {
    let mut attempts = 0;
    loop {
        // SAFETY: passed on to the caller.
        match unsafe { session.read(data, length) } {
            Ok(count) => return Outcome::Data(count),
            Err(errno) if errno.get() == libc::EINTR => {}
            Err(errno) if errno.is_would_block() => {
                attempts += 1;
                let waits = guard.state().has(Flags::GATE.and(Flags::BLOCKED));
                // Neither: the session has consumed a message without data.
                if waits || attempts == ATTEMPTS {
                    return Outcome::Nothing;
                }
            }
            Err(errno) => return Outcome::Failed(errno),
        }
    }
}

/// The error of a session that failed with `errno`, because of `cause` if the master
/// reported one.
#[cold]
#[track_caller]
pub(super) fn failure(message: &'static str, errno: Errno, cause: Option<Error>) -> Error {
    let Some(cause) = cause else { return Error::with_errno(errno, message) };
    let errno = cause.errno().unwrap_or(errno);
    let cause = cause.into_object(c"qio_channel_tls");
    let text = format!("{message}: {}", cause.message().to_string_lossy());
    Error::from_host(Error::new(text).into_object(c"qio_channel_tls"), Some(errno))
}
