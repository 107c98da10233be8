//! Errors inside the library.
//!
//! An [`Error`] is an ordinary Rust value with a message and, where there is one,
//! an errno. Only the C boundary turns it into an error object, with
//! [`Error::store`].

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::panic::Location;

use crate::host::error::{Destination, OwnedError};
use crate::sys::Errno;

/// Why an operation failed.
#[derive(Debug)]
pub(crate) struct Error {
    cause: Cause,
    location: &'static Location<'static>,
}

#[derive(Debug)]
enum Cause {
    /// Found by this library; the errno's text is appended to the message.
    Own { message: Cow<'static, str>, errno: Option<Errno> },
    /// Reported by the host.
    Host(OwnedError),
}

impl Error {
    /// An error without an errno.
    #[track_caller]
    pub(crate) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            cause: Cause::Own { message: message.into(), errno: None },
            location: Location::caller(),
        }
    }

    /// An error caused by `errno`, whose text follows the message.
    #[track_caller]
    pub(crate) fn with_errno(errno: Errno, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            cause: Cause::Own { message: message.into(), errno: Some(errno) },
            location: Location::caller(),
        }
    }

    /// The errno behind the error, if there is one.
    pub(crate) fn errno(&self) -> Option<Errno> {
        match &self.cause {
            Cause::Own { errno, .. } => *errno,
            Cause::Host(_) => None,
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
            }
            Cause::Host(error) => destination.propagate(error),
        }
        if let Some(errno) = errno {
            errno.store();
        }
    }
}

impl From<OwnedError> for Error {
    #[track_caller]
    fn from(error: OwnedError) -> Self {
        Self { cause: Cause::Host(error), location: Location::caller() }
    }
}

/// `text` up to its first NUL: C could not see more of it.
fn c_string(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}
