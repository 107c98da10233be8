//! From the session to the master.
//!
//! The session calls these while this channel's lock is held. It is given back for
//! the time in the master, so that a reader who blocks there does not stop the
//! writer. The session acts on `errno`, so that is set last.

use std::ffi::{c_char, c_int, c_void};

use libc::iovec;

use super::cold::{self, Direction};
use super::state::Flags;
use crate::abi::io::channel_tls::QIOChannelTLS;
use crate::channel::{Failure, Transfer};
use crate::sys::{Buffers, BuffersMut, Errno};

/// Sends encrypted bytes.
pub(super) unsafe extern "C" fn push(
    data: *const c_char,
    length: usize,
    channel: *mut c_void,
) -> isize {
    // SAFETY: the session belongs to the channel, which is being used.
    let channel = unsafe { &*channel.cast::<QIOChannelTLS>() };
    let element = iovec { iov_base: data.cast_mut().cast(), iov_len: length };
    let state = channel.state();
    state.release();
    // SAFETY: the session passes readable memory.
    let result = unsafe { write(channel, &element) };
    state.acquire();
    match result {
        Ok(count) => count as isize,
        Err(Failure::WouldBlock) => failed(libc::EAGAIN),
        Err(Failure::Failed(error)) => {
            cold::keep_failure(channel, Direction::Write, error);
            failed(libc::EIO)
        }
    }
}

/// Receives encrypted bytes.
pub(super) unsafe extern "C" fn pull(
    data: *mut c_char,
    length: usize,
    channel: *mut c_void,
) -> isize {
    // SAFETY: the session belongs to the channel, which is being used.
    let channel = unsafe { &*channel.cast::<QIOChannelTLS>() };
    let state = channel.state();
    if state.has(Flags::GATE) {
        return failed(libc::EAGAIN);
    }
    let element = iovec { iov_base: data.cast(), iov_len: length };
    state.release();
    // SAFETY: the session passes writable memory.
    let result = unsafe { read(channel, &element) };
    state.acquire();
    match result {
        Ok(0) => {
            state.set(Flags::ENDED);
            0
        }
        Ok(count) => count as isize,
        Err(Failure::WouldBlock) => {
            state.set(Flags::BLOCKED);
            failed(libc::EAGAIN)
        }
        Err(Failure::Failed(error)) => {
            cold::keep_failure(channel, Direction::Read, error);
            failed(libc::EIO)
        }
    }
}

/// Writes one element to the master.
unsafe fn write(channel: &QIOChannelTLS, element: &iovec) -> Transfer {
    // SAFETY: passed on to the caller.
    channel.master()?.write_inner(unsafe { Buffers::from_raw(element, 1) })
}

/// Reads one element from the master.
unsafe fn read(channel: &QIOChannelTLS, element: &iovec) -> Transfer {
    // SAFETY: passed on to the caller.
    channel.master()?.read_inner(unsafe { BuffersMut::from_raw(element, 1) })
}

fn failed(errno: c_int) -> isize {
    Errno::new(errno).store();
    -1
}
