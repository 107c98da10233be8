//! Errors inside the library.
//!
//! An [`Error`] is an ordinary Rust value with a message and, where there is one,
//! an errno. Only the C boundary turns it into an error object, with
//! [`Error::store`].

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::panic::Location;
use std::ptr::null_mut;

use crate::host::error::{Destination, OwnedError};
use crate::sys::Errno;

/// Why an operation failed.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    cause: Cause,
    location: &'static Location<'static>,
    hint: Option<Cow<'static, str>>,
}

#[derive(Clone, Debug)]
enum Cause {
    /// Found by this library; the errno's text is appended to the message.
    Own { message: Cow<'static, str>, errno: Option<Errno> },
    /// Reported by the host.
    Host { error: OwnedError, errno: Option<Errno> },
}

impl Error {
    /// An error without an errno.
    #[track_caller]
    pub(crate) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            cause: Cause::Own { message: message.into(), errno: None },
            location: Location::caller(),
            hint: None,
        }
    }

    /// An error caused by `errno`, whose text follows the message.
    #[track_caller]
    pub(crate) fn with_errno(errno: Errno, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            cause: Cause::Own { message: message.into(), errno: Some(errno) },
            location: Location::caller(),
            hint: None,
        }
    }

    /// An error that a call into the host ended with, and what that left in `errno`.
    #[track_caller]
    pub(crate) fn from_host(error: OwnedError, errno: Option<Errno>) -> Self {
        Self { cause: Cause::Host { error, errno }, location: Location::caller(), hint: None }
    }

    /// Adds advice, printed on a line of its own.
    #[cfg(feature = "runtime")]
    pub(crate) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The errno behind the error, if there is one.
    pub(crate) fn errno(&self) -> Option<Errno> {
        match &self.cause {
            Cause::Own { errno, .. } | Cause::Host { errno, .. } => *errno,
        }
    }

    /// Hands the error to the C caller of `function`, and sets `errno`.
    pub(crate) fn store(self, destination: Destination, function: &'static CStr) {
        let errno = self.errno();
        match self.cause {
            Cause::Own { .. } if destination.is_ignored() => {}
            Cause::Own { message, .. } => {
                let number = errno.map_or(0, Errno::get);
                destination.set(self.location, function, number, &c_string(&message));
                if let Some(hint) = self.hint {
                    destination.append_hint(&c_string(&hint));
                }
            }
            Cause::Host { error, .. } => destination.propagate(error),
        }
        if let Some(errno) = errno {
            errno.store();
        }
    }

    /// The error as an object of the host's.
    pub(crate) fn into_object(self, function: &'static CStr) -> OwnedError {
        if let Cause::Host { error, .. } = self.cause {
            return error;
        }
        let mut object = null_mut();
        // SAFETY: the destination is a local variable that holds NULL, and what is
        // stored there is this function's own.
        unsafe {
            self.store(Destination::from_raw(&raw mut object), function);
            OwnedError::from_raw_unchecked(object)
        }
    }
}

impl From<OwnedError> for Error {
    #[track_caller]
    fn from(error: OwnedError) -> Self {
        Self::from_host(error, None)
    }
}

/// `text` up to its first NUL: C could not see more of it.
fn c_string(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}
