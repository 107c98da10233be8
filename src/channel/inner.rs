//! Using a channel from inside another one.
//!
//! The C conventions of a slot turned back into Rust ones. The channel may be of a
//! class written in C, so its answers are not trusted further than needed.

use libc::iovec;

use super::dispatch::{Channel, ReceiveDescriptors, SendDescriptors};
use super::{Failure, Transfer};
use crate::abi::io::channel::QIO_CHANNEL_ERR_BLOCK;
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::values::QIOChannelShutdownValue;
use crate::error::Error;
use crate::host::error::{Destination, OwnedError};
use crate::sys::{Buffers, BuffersMut, Errno};

impl Channel<'_> {
    /// Reads once. Never more bytes than there is room for.
    #[inline]
    pub(super) fn read_inner(self, buffers: BuffersMut<'_>) -> Transfer {
        let elements = buffers.for_one_call();
        transferred(elements, |errp| {
            let (iov, niov) = (elements.as_ptr(), elements.len());
            // SAFETY: the elements are writable, and there are as many.
            unsafe { self.readv_full(iov, niov, ReceiveDescriptors::NONE, errp) }
        })
    }

    /// Writes once. Never more bytes than were offered, and some if any were.
    #[inline]
    pub(super) fn write_inner(self, buffers: Buffers<'_>) -> Transfer {
        let elements = buffers.for_one_call();
        let count = transferred(elements, |errp| {
            let (iov, niov) = (elements.as_ptr(), elements.len());
            // SAFETY: the elements are readable, and there are as many.
            unsafe { self.writev_full(iov, niov, SendDescriptors::NONE, 0, errp) }
        })?;
        if count == 0 && elements.iter().any(|element| element.iov_len > 0) {
            return Err(Error::with_errno(
                Errno::new(libc::EIO),
                "Channel accepted none of the data to write",
            )
            .into());
        }
        Ok(count)
    }

    /// Ends one or both directions.
    pub(super) fn shutdown_inner(self, how: QIOChannelShutdownValue) -> Result<(), Error> {
        done(|errp| self.shutdown(how, errp) as isize)
    }

    /// Makes reads and writes block or not.
    pub(super) fn set_blocking_inner(self, enabled: bool) -> Result<(), Error> {
        done(|errp| self.set_blocking(enabled, errp) as isize)
    }

    /// Closes the channel.
    pub(super) fn close_inner(self) -> Result<(), Error> {
        done(|errp| self.close(errp) as isize)
    }
}

/// Runs one read or write slot.
#[inline]
fn transferred(elements: &[iovec], call: impl FnOnce(Destination) -> isize) -> Transfer {
    let mut error = std::ptr::null_mut();
    // SAFETY: a variable that holds NULL and outlives the call.
    let result = call(unsafe { Destination::from_raw(&raw mut error) });
    match usize::try_from(result) {
        Ok(count) => Ok(count.min(total(elements))),
        Err(_) if result == QIO_CHANNEL_ERR_BLOCK => Err(Failure::WouldBlock),
        Err(_) => Err(reported(error).into()),
    }
}

#[inline]
fn total(elements: &[iovec]) -> usize {
    elements.iter().fold(0, |total, element| total.saturating_add(element.iov_len))
}

/// Runs a slot that answers 0 or -1.
fn done(call: impl FnOnce(Destination) -> isize) -> Result<(), Error> {
    let mut error = std::ptr::null_mut();
    // SAFETY: as above.
    match call(unsafe { Destination::from_raw(&raw mut error) }) {
        0.. => Ok(()),
        _ => Err(reported(error)),
    }
}

/// The error of a failed slot. Not every class in C sets one.
#[cold]
fn reported(error: *mut RawError) -> Error {
    let errno = Errno::last();
    // SAFETY: the slot stored an error for its caller, or left NULL.
    match unsafe { OwnedError::from_raw(error) } {
        Some(error) => Error::from_host(error, Some(errno)),
        None => Error::with_errno(errno, "Channel failed without an error"),
    }
}
