//! The helpers that transfer everything at an offset, or fail.

use std::ffi::c_int;

use glib_sys::{G_IO_IN, G_IO_OUT};
use libc::{iovec, off_t};

use crate::abi::io::channel::{QIO_CHANNEL_ERR_BLOCK, QIO_CHANNEL_READ_FLAG_MSG_PEEK};
use crate::channel::dispatch::{Channel, ReceiveDescriptors, refuse};
use crate::channel::remaining::Remaining;
use crate::channel::transfer::{ReadAll, nothing_accepted, premature_end_of_file, readv_all_by};
use crate::channel::wait::until_ready;
use crate::host::error::Destination;

/// Reads until all of `iov` is filled, from `offset` on.
///
/// # Safety
///
/// `iov` has `niov` writable elements.
pub(crate) unsafe fn preadv_all(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    mut offset: off_t,
    errp: Destination,
) -> ReadAll {
    // SAFETY: passed on to the caller.
    let mut remaining = unsafe { Remaining::from_raw(iov, niov) };
    let mut partial = false;
    while !remaining.is_empty() {
        let elements = remaining.elements();
        // SAFETY: the elements are the caller's, less what was already filled.
        match unsafe { channel.preadv(elements.as_ptr(), elements.len(), offset, errp) } {
            QIO_CHANNEL_ERR_BLOCK => until_ready(channel, G_IO_IN),
            0 if !partial => return ReadAll::EndOfFile,
            0 => {
                premature_end_of_file(errp);
                return ReadAll::Failed;
            }
            count if count < 0 => return ReadAll::Failed,
            count => {
                remaining.advance(count.unsigned_abs());
                offset = offset.saturating_add(count as off_t);
                partial = true;
            }
        }
    }
    ReadAll::Complete
}

/// Writes all of `iov`, from `offset` on. Returns 0 or -1.
///
/// # Safety
///
/// `iov` has `niov` readable elements.
pub(crate) unsafe fn pwritev_all(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    mut offset: off_t,
    errp: Destination,
) -> c_int {
    // SAFETY: passed on to the caller.
    let mut remaining = unsafe { Remaining::from_raw(iov, niov) };
    while !remaining.is_empty() {
        let elements = remaining.elements();
        // SAFETY: the elements are the caller's, less what was already written.
        match unsafe { channel.pwritev(elements.as_ptr(), elements.len(), offset, errp) } {
            QIO_CHANNEL_ERR_BLOCK => until_ready(channel, G_IO_OUT),
            0 => {
                nothing_accepted(errp);
                return -1;
            }
            count if count < 0 => return -1,
            count => {
                remaining.advance(count.unsigned_abs());
                offset = offset.saturating_add(count as off_t);
            }
        }
    }
    0
}

/// Reads with flags until all of `iov` is filled. Peeking is refused: it would find
/// the same bytes again.
///
/// # Safety
///
/// As for [`Channel::readv_full`].
pub(crate) unsafe fn readv_all_flags(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    descriptors: ReceiveDescriptors,
    flags: c_int,
    errp: Destination,
) -> ReadAll {
    if flags & QIO_CHANNEL_READ_FLAG_MSG_PEEK != 0 {
        refuse("Peeking cannot read everything", errp);
        return ReadAll::Failed;
    }
    // SAFETY: passed on to the caller.
    unsafe {
        readv_all_by(channel, iov, niov, descriptors, errp, |iov, niov, wanted| {
            channel.readv_full_flags(iov, niov, wanted, flags, errp)
        })
    }
}
