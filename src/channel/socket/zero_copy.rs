//! Writes that the kernel sends from the caller's memory.
//!
//! The kernel numbers these writes, and puts a notice about each range of them into
//! the socket's error queue when it has let go of the memory. A notice also says
//! whether the data was copied after all.

use glib_sys::G_IO_ERR;
use libc::sock_extended_err;

use super::super::dispatch::Channel;
use super::super::wait;
use super::super::{Failure, Flushed, Transfer};
use super::transfer::write_failure;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::error::Error;
use crate::sys::{self, Buffers, Errno, ancillary, socket};

/// Bits of `zero_copy_outcome`: what happened since the last flush.
const COMPLETED: u32 = 1;
const COMPLETED_UNCOPIED: u32 = 2;

// linux/errqueue.h
const SO_EE_ORIGIN_ZEROCOPY: u8 = 5;
const SO_EE_CODE_ZEROCOPY_COPIED: u8 = 1;

/// Writes once, from memory that must not change until a flush.
#[cold]
pub(super) fn write(channel: &QIOChannelSocket, buffers: Buffers<'_>) -> Transfer {
    let count = match send(channel, buffers) {
        Err(errno) if errno.get() == libc::ENOBUFS => {
            // Notices that nobody has read count against the limit as well.
            drain(channel)?;
            send(channel, buffers).map_err(|errno| match errno.get() {
                libc::ENOBUFS => not_enough_memory(errno).into(),
                _ => write_failure(errno),
            })?
        }
        result => result.map_err(write_failure)?,
    };
    // The kernel counts calls, and not those without data.
    if count > 0 {
        channel.zero_copy_queued.set(channel.zero_copy_queued.get() + 1);
    }
    Ok(count)
}

fn send(channel: &QIOChannelSocket, buffers: Buffers<'_>) -> Result<usize, Errno> {
    socket::send(channel.fd.get(), buffers, libc::MSG_ZEROCOPY)
}

#[track_caller]
fn not_enough_memory(errno: Errno) -> Error {
    Error::with_errno(errno, "Process cannot lock enough memory for MSG_ZEROCOPY")
}

/// Makes room in the error queue: takes what is there, and waits for the rest if the
/// socket is in blocking mode.
fn drain(channel: &QIOChannelSocket) -> Result<(), Failure> {
    let blocking = sys::fd::is_blocking(channel.fd.get()).map_err(write_failure)?;
    complete(channel, blocking)?;
    Ok(())
}

/// Waits until the kernel has let go of all memory.
pub(super) fn flush(channel: &QIOChannelSocket) -> Result<Flushed, Error> {
    complete(channel, true)?;
    match channel.zero_copy_outcome.replace(0) {
        COMPLETED => Ok(Flushed::Copied),
        _ => Ok(Flushed::ZeroCopy),
    }
}

/// Counts the notices in the error queue until none is missing, or, unless `wait`,
/// the queue is empty.
fn complete(channel: &QIOChannelSocket, wait: bool) -> Result<(), Error> {
    while channel.zero_copy_sent.get() < channel.zero_copy_queued.get() {
        match ancillary::next_notice(channel.fd.get()) {
            Ok(Some(notice)) => count(channel, &notice)?,
            Ok(None) => {
                return Err(Error::with_errno(
                    Errno::new(libc::EPROTOTYPE),
                    "Unexpected message in the socket's error queue",
                ));
            }
            Err(errno) if !errno.is_would_block() => {
                return Err(Error::with_errno(errno, "Unable to read the socket's error queue"));
            }
            Err(_) if wait => wait::block(Channel::of(channel), G_IO_ERR),
            Err(_) => break,
        }
    }
    Ok(())
}

/// Counts the writes that a notice is about.
fn count(channel: &QIOChannelSocket, notice: &sock_extended_err) -> Result<(), Error> {
    if notice.ee_errno != 0 {
        let errno = Errno::new(notice.ee_errno.cast_signed());
        return Err(Error::with_errno(errno, "Zero-copy write failed"));
    }
    if notice.ee_origin != SO_EE_ORIGIN_ZEROCOPY {
        return Err(Error::new("The socket's error queue holds an error that is not of zero copy"));
    }
    let (first, last) = (notice.ee_info, notice.ee_data);
    let Some(range) = last.checked_sub(first) else {
        return Err(Error::new("The range of completed zero-copy writes is inverted"));
    };
    channel.zero_copy_sent.set(channel.zero_copy_sent.get() + range as isize + 1);
    let copied = notice.ee_code & SO_EE_CODE_ZEROCOPY_COPIED != 0;
    let outcome = if copied { COMPLETED } else { COMPLETED | COMPLETED_UNCOPIED };
    channel.zero_copy_outcome.set(channel.zero_copy_outcome.get() | outcome);
    Ok(())
}
