//! TLS: sessions, and the credentials they are made from.
//!
//! | file | idea |
//! |---|---|
//! | `session` | one connection: handshake, records, what the C API promises |
//! | `verify` | whether the peer is who it should be, and may enter |
//! | `credentials` | the user-creatable objects that load files |
//!
//! A session takes a share of the GnuTLS credentials that its credentials object
//! holds at that moment; loading them again changes later sessions only.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[cfg(feature = "backports")]
mod bye;
pub(crate) mod credentials;
pub(crate) mod session;
mod verify;

pub(crate) use credentials::register_types;

use crate::error::Error;
use crate::sys::Errno;

/// Seconds since the epoch.
fn current_time() -> Result<i64, Error> {
    // SAFETY: NULL means that the result is only returned.
    match unsafe { libc::time(std::ptr::null_mut()) } {
        -1 => Err(Error::with_errno(Errno::last(), "Cannot find out the current time")),
        now => Ok(now),
    }
}
