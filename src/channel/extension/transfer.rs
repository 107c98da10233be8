//! The helpers that transfer everything at an offset, or fail.

use std::ffi::c_int;

use libc::{iovec, off_t};

use crate::abi::io::channel::QIO_CHANNEL_READ_FLAG_MSG_PEEK;
use crate::channel::dispatch::{Channel, ReceiveDescriptors, refuse};
use crate::channel::transfer::{ReadAll, readv_all_by, writev_all_by};
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
    // SAFETY: passed on to the caller; the elements are those, less what was filled.
    unsafe {
        readv_all_by(channel, iov, niov, ReceiveDescriptors::NONE, errp, |iov, niov, _| {
            let count = channel.preadv(iov, niov, offset, errp);
            offset = behind(offset, count);
            count
        })
    }
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
    // SAFETY: passed on to the caller; the elements are those, less what was written.
    unsafe {
        writev_all_by(channel, iov, niov, errp, |iov, niov| {
            let count = channel.pwritev(iov, niov, offset, errp);
            offset = behind(offset, count);
            count
        })
    }
}

/// The offset behind `count` bytes that were transferred at `offset`; the same one if
/// that failed.
fn behind(offset: off_t, count: isize) -> off_t {
    offset.saturating_add(count.max(0) as off_t)
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
