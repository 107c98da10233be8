//! The helpers that transfer everything or fail.
//!
//! They never change the caller's iovec array, wait when the channel would block, and
//! see to it that descriptors travel exactly once.

use std::ffi::c_int;

use glib_sys::{G_IO_IN, G_IO_OUT, g_free};
use libc::iovec;

use super::dispatch::{Channel, ReceiveDescriptors, SendDescriptors};
use super::remaining::Remaining;
use super::wait::until_ready;
use crate::abi::io::channel::QIO_CHANNEL_ERR_BLOCK;
use crate::error::Error;
use crate::host::error::Destination;
use crate::sys::{self, Errno};

/// How a read that wants everything ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReadAll {
    /// Every byte was read.
    Complete,
    /// The channel was at end of file before the first byte.
    EndOfFile,
    /// It failed; the error is stored.
    Failed,
}

impl ReadAll {
    /// As C functions tell it for which an end of file is no error: 1, 0 or -1.
    pub(crate) fn or_end(self) -> c_int {
        match self {
            Self::Complete => 1,
            Self::EndOfFile => 0,
            Self::Failed => -1,
        }
    }

    /// As the other ones tell it: 0, or -1 with an error.
    pub(crate) fn or_fail(self, errp: Destination) -> c_int {
        match self {
            Self::Complete => 0,
            Self::Failed => -1,
            Self::EndOfFile => {
                premature_end_of_file(errp);
                -1
            }
        }
    }
}

impl ReceiveDescriptors {
    /// Stores "none".
    unsafe fn reset(self) {
        // SAFETY: the caller vouches that the pointers are NULL or writable.
        unsafe {
            if let Some(count) = self.count.as_mut() {
                *count = 0;
            }
            if let Some(array) = self.array.as_mut() {
                *array = std::ptr::null_mut();
            }
        }
    }

    /// Whether the class has stored descriptors.
    unsafe fn were_received(self) -> bool {
        // SAFETY: as above.
        unsafe { self.count.as_ref() }.is_some_and(|&count| count != 0)
    }

    /// Closes what was received: a caller never gets descriptors with an error.
    /// Keeps `errno`, which names the cause of the failure.
    unsafe fn discard(self) {
        if self.array.is_null() || self.count.is_null() {
            return;
        }
        let errno = Errno::last();
        // SAFETY: both pointers are writable; the class stored an array from
        // `g_malloc` with as many open descriptors as the count says, or nothing.
        unsafe {
            for index in 0..*self.count {
                // It was received and never used; nobody can act on a failure.
                let _ = sys::fd::close((*self.array).add(index).read());
            }
            g_free((*self.array).cast());
            self.reset();
        }
        errno.store();
    }
}

/// Reads until all of `iov` is filled.
///
/// # Safety
///
/// As for [`Channel::readv_full`].
// Inlined, as the fast path is short and returns are mispredicted after a system call.
#[inline(always)]
pub(crate) unsafe fn readv_all(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    descriptors: ReceiveDescriptors,
    errp: Destination,
) -> ReadAll {
    // SAFETY: passed on to the caller.
    unsafe {
        readv_all_by(channel, iov, niov, descriptors, errp, |iov, niov, wanted| {
            channel.readv_full(iov, niov, wanted, errp)
        })
    }
}

/// Reads with the function `read` until all of `iov` is filled. The function gets the
/// elements that are left, and where to store descriptors if there were none yet.
///
/// # Safety
///
/// As for [`Channel::readv_full`].
#[inline(always)]
pub(super) unsafe fn readv_all_by(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    descriptors: ReceiveDescriptors,
    errp: Destination,
    mut read: impl FnMut(*const iovec, usize, ReceiveDescriptors) -> isize,
) -> ReadAll {
    // SAFETY: passed on to the caller.
    let mut remaining = unsafe { Remaining::from_raw(iov, niov) };
    // SAFETY: passed on to the caller.
    unsafe { descriptors.reset() };
    let mut wanted = descriptors;
    // 7.2 looks only at the array pointer to see whether descriptors are wanted.
    let mut want_descriptors = !descriptors.array.is_null();
    let mut partial = false;

    while !remaining.is_empty() || want_descriptors {
        let elements = remaining.elements();
        // The elements are the caller's, less what was already filled.
        let count = read(elements.as_ptr(), elements.len(), wanted);
        match count {
            QIO_CHANNEL_ERR_BLOCK => {
                until_ready(channel, G_IO_IN);
                continue;
            }
            // SAFETY: the pointers were checked by the caller.
            0 if want_descriptors && unsafe { wanted.were_received() } => {}
            0 if !partial => return ReadAll::EndOfFile,
            0 => {
                premature_end_of_file(errp);
                // SAFETY: as above.
                unsafe { descriptors.discard() };
                return ReadAll::Failed;
            }
            count if count < 0 => {
                // SAFETY: as above.
                unsafe { descriptors.discard() };
                return ReadAll::Failed;
            }
            count => remaining.advance(count.unsigned_abs()),
        }
        partial = true;
        want_descriptors = false;
        wanted = ReceiveDescriptors::NONE;
    }
    ReadAll::Complete
}

/// As [`readv_all`], but end of file is an error too. Returns 0 or -1.
///
/// # Safety
///
/// As for [`Channel::readv_full`].
#[inline]
pub(crate) unsafe fn readv_all_or_fail(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    descriptors: ReceiveDescriptors,
    errp: Destination,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { readv_all(channel, iov, niov, descriptors, errp) }.or_fail(errp)
}

#[cold]
fn premature_end_of_file(errp: Destination) {
    Error::new("Unexpected end of file before all bytes were read")
        .store(errp, c"qio_channel_readv_full_all");
}

/// Writes all of `iov`. Returns 0 or -1.
///
/// # Safety
///
/// As for [`Channel::writev_full`].
// Inlined for the same reason as `readv_all`.
#[inline(always)]
pub(crate) unsafe fn writev_all(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    mut descriptors: SendDescriptors,
    flags: c_int,
    errp: Destination,
) -> c_int {
    // SAFETY: passed on to the caller; the elements are those, less what was written.
    unsafe {
        writev_all_by(channel, iov, niov, errp, |iov, niov| {
            let count = channel.writev_full(iov, niov, descriptors, flags, errp);
            if count > 0 {
                descriptors = SendDescriptors::NONE;
            }
            count
        })
    }
}

/// Writes all of `iov` with the function `write`, which gets the elements that are left.
/// Returns 0 or -1.
///
/// # Safety
///
/// `iov` has `niov` readable elements.
#[inline(always)]
pub(super) unsafe fn writev_all_by(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    errp: Destination,
    mut write: impl FnMut(*const iovec, usize) -> isize,
) -> c_int {
    // SAFETY: passed on to the caller.
    let mut remaining = unsafe { Remaining::from_raw(iov, niov) };
    while !remaining.is_empty() {
        let elements = remaining.elements();
        match write(elements.as_ptr(), elements.len()) {
            QIO_CHANNEL_ERR_BLOCK => until_ready(channel, G_IO_OUT),
            0 => {
                nothing_accepted(errp);
                return -1;
            }
            count if count < 0 => return -1,
            count => remaining.advance(count.unsigned_abs()),
        }
    }
    0
}

#[cold]
fn nothing_accepted(errp: Destination) {
    Error::with_errno(Errno::new(libc::EIO), "Channel accepted none of the data to write")
        .store(errp, c"qio_channel_writev_full_all");
}
