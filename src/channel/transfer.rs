//! The helpers that transfer everything or fail.
//!
//! They work on a private copy of the caller's iovec array, wait when the channel
//! would block, and see to it that descriptors travel exactly once.

use std::ffi::c_int;

use glib_sys::{G_IO_IN, G_IO_OUT, g_free};
use libc::iovec;
use smallvec::SmallVec;

use super::dispatch::{Channel, ReceiveDescriptors, SendDescriptors};
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

/// What is still to be transferred.
struct Remaining {
    // As many as any caller but a test uses, without touching the heap.
    elements: SmallVec<[iovec; 64]>,
    first: usize,
}

impl Remaining {
    /// A copy of the non-empty elements of `iov`.
    ///
    /// # Safety
    ///
    /// `iov` has `niov` elements.
    unsafe fn copy_of(iov: *const iovec, niov: usize) -> Self {
        // SAFETY: passed on to the caller.
        let elements = unsafe { sys::Buffers::from_raw(iov, niov) }.elements();
        let elements = elements.iter().filter(|element| element.iov_len > 0).copied().collect();
        Self { elements, first: 0 }
    }

    fn elements(&self) -> &[iovec] {
        &self.elements[self.first..]
    }

    fn is_empty(&self) -> bool {
        self.first == self.elements.len()
    }

    /// Drops `count` bytes from the front; more than there are drops everything.
    fn advance(&mut self, mut count: usize) {
        while let Some(element) = self.elements.get_mut(self.first) {
            if count < element.iov_len {
                element.iov_base = element.iov_base.wrapping_byte_add(count);
                element.iov_len -= count;
                return;
            }
            count -= element.iov_len;
            self.first += 1;
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
pub(crate) unsafe fn readv_all(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    descriptors: ReceiveDescriptors,
    errp: Destination,
) -> ReadAll {
    // SAFETY: passed on to the caller.
    let mut remaining = unsafe { Remaining::copy_of(iov, niov) };
    // SAFETY: passed on to the caller.
    unsafe { descriptors.reset() };
    let mut wanted = descriptors;
    // 7.2 looks only at the array pointer to see whether descriptors are wanted.
    let mut want_descriptors = !descriptors.array.is_null();
    let mut partial = false;

    while !remaining.is_empty() || want_descriptors {
        let elements = remaining.elements();
        // SAFETY: the elements are the caller's, less what was already filled.
        let count = unsafe { channel.readv_full(elements.as_ptr(), elements.len(), wanted, errp) };
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
pub(crate) unsafe fn readv_all_or_fail(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    descriptors: ReceiveDescriptors,
    errp: Destination,
) -> c_int {
    // SAFETY: passed on to the caller.
    match unsafe { readv_all(channel, iov, niov, descriptors, errp) } {
        ReadAll::Complete => 0,
        ReadAll::Failed => -1,
        ReadAll::EndOfFile => {
            premature_end_of_file(errp);
            -1
        }
    }
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
pub(crate) unsafe fn writev_all(
    channel: Channel<'_>,
    iov: *const iovec,
    niov: usize,
    mut descriptors: SendDescriptors,
    flags: c_int,
    errp: Destination,
) -> c_int {
    // SAFETY: passed on to the caller.
    let mut remaining = unsafe { Remaining::copy_of(iov, niov) };
    while !remaining.is_empty() {
        let elements = remaining.elements();
        // SAFETY: the elements are the caller's, less what was already written.
        let count = unsafe {
            channel.writev_full(elements.as_ptr(), elements.len(), descriptors, flags, errp)
        };
        match count {
            QIO_CHANNEL_ERR_BLOCK => until_ready(channel, G_IO_OUT),
            0 => {
                nothing_accepted(errp);
                return -1;
            }
            count if count < 0 => return -1,
            count => {
                remaining.advance(count.unsigned_abs());
                descriptors = SendDescriptors::NONE;
            }
        }
    }
    0
}

#[cold]
fn nothing_accepted(errp: Destination) {
    Error::with_errno(Errno::new(libc::EIO), "Channel accepted none of the data to write")
        .store(errp, c"qio_channel_writev_full_all");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;

    fn remaining(lengths: &[usize]) -> Remaining {
        let elements: Vec<iovec> = lengths
            .iter()
            .map(|&iov_len| iovec { iov_base: 0x1000 as *mut c_void, iov_len })
            .collect();
        // SAFETY: a live array with its length; the memory behind is not touched.
        unsafe { Remaining::copy_of(elements.as_ptr(), elements.len()) }
    }

    fn lengths(remaining: &Remaining) -> Vec<usize> {
        remaining.elements().iter().map(|element| element.iov_len).collect()
    }

    #[test]
    fn empty_elements_are_dropped() {
        assert_eq!(lengths(&remaining(&[0, 3, 0, 4, 0])), [3, 4]);
        assert!(remaining(&[0, 0]).is_empty());
        assert!(remaining(&[]).is_empty());
    }

    #[test]
    fn advancing_crosses_elements() {
        let mut rest = remaining(&[3, 4, 5]);
        rest.advance(5);
        assert_eq!(lengths(&rest), [2, 5]);
        assert_eq!(rest.elements()[0].iov_base as usize, 0x1002);
        rest.advance(2);
        assert_eq!(lengths(&rest), [5]);
    }

    #[test]
    fn advancing_too_far_ends_everything() {
        let mut rest = remaining(&[3, 4]);
        rest.advance(100);
        assert!(rest.is_empty());
    }
}
