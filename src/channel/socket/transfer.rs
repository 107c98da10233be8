//! Reading and writing: one system call each.

use std::ffi::c_int;
use std::os::fd::AsRawFd;

use super::super::request::{DescriptorSink, Read, ReadFlags, Write};
use super::super::{Failure, Transfer};
use super::zero_copy;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::error::Error;
use crate::sys::ancillary::{self, Descriptors, MAX_DESCRIPTORS};
use crate::sys::{self, BuffersMut, Errno, socket};

const WRITE_FAILED: &str = "Unable to write to socket";
const READ_FAILED: &str = "Unable to read from socket";

/// Writes once.
#[inline]
pub(super) fn write(channel: &QIOChannelSocket, request: Write<'_>) -> Transfer {
    if !request.descriptors.is_empty() {
        return write_with_descriptors(channel, request);
    }
    if request.zero_copy {
        return zero_copy::write(channel, request.buffers);
    }
    socket::send(channel.fd.get(), request.buffers, 0)
        .map_err(|errno| Failure::from_errno(errno, WRITE_FAILED))
}

/// What a failed write means.
#[cold]
#[track_caller]
pub(super) fn write_failure(errno: Errno) -> Failure {
    Failure::from_errno(errno, WRITE_FAILED)
}

fn write_with_descriptors(channel: &QIOChannelSocket, request: Write<'_>) -> Transfer {
    let count = request.descriptors.len();
    if count > MAX_DESCRIPTORS {
        return Err(Error::with_errno(
            Errno::new(libc::EINVAL),
            format!("Only {MAX_DESCRIPTORS} descriptors can be sent at once, got {count}"),
        )
        .into());
    }
    ancillary::send_with_descriptors(channel.fd.get(), request.buffers, request.descriptors, 0)
        .map_err(write_failure)
}

/// Reads once.
// A frame less to return through: after a system call each return is mispredicted.
#[inline(always)]
pub(super) fn read(channel: &QIOChannelSocket, request: Read<'_>, flags: ReadFlags) -> Transfer {
    let call_flags = if flags.peeks() { libc::MSG_PEEK } else { 0 };
    match request.descriptors {
        Some(sink) => read_with_descriptors(channel, request.buffers, sink, flags, call_flags),
        None => socket::receive(channel.fd.get(), request.buffers, call_flags)
            .map_err(|errno| Failure::from_errno(errno, READ_FAILED)),
    }
}

fn read_with_descriptors(
    channel: &QIOChannelSocket,
    buffers: BuffersMut<'_>,
    sink: DescriptorSink,
    flags: ReadFlags,
    call_flags: c_int,
) -> Transfer {
    let (count, descriptors) =
        ancillary::receive_with_descriptors(channel.fd.get(), buffers, call_flags)
            .map_err(|errno| Failure::from_errno(errno, READ_FAILED))?;
    if !flags.keeps_blocking_mode()
        && let Err(error) = make_blocking(&descriptors)
    {
        drop(descriptors);
        sink.store(Descriptors::new());
        return Err(error.into());
    }
    sink.store(descriptors);
    Ok(count)
}

/// Makes the descriptors blocking: the mode travels with them, and the receiver has
/// not asked for any other. Some cannot change their mode, and need not.
fn make_blocking(descriptors: &[std::os::fd::OwnedFd]) -> Result<(), Error> {
    for descriptor in descriptors {
        sys::fd::set_blocking(descriptor.as_raw_fd(), true).map_err(|errno| {
            Error::with_errno(errno, "Unable to make a received descriptor blocking")
        })?;
    }
    Ok(())
}
