//! Ending a session properly: for this library's own channels, and so not part of
//! the C API of sessions.

use std::ffi::c_int;

use super::session::{TlsSession, is_interruption};
use crate::abi::crypto::tlssession::QCryptoTLSSession;
use crate::abi::qemu::typedefs::Error as RawError;
use crate::error::Error;
use crate::host::error::Destination;

/// Tells the peer that no more data will be sent. Returns 0 when that is done, or
/// if there is no session yet; 1 to be called again when the transport can be
/// written to; 2 when it can be read from; -1 with `errp` set.
#[unsafe(no_mangle)]
unsafe extern "C" fn qiochannel_tls_session_bye(
    session: *mut QCryptoTLSSession,
    errp: *mut *mut RawError,
) -> c_int {
    // SAFETY: the caller passes a live session.
    let session = unsafe { TlsSession::from_raw(session) };
    if !session.is_connected() {
        return 0;
    }
    match session.tls().bye() {
        Ok(()) => 0,
        Err(reason) if is_interruption(reason) => {
            if session.tls().wants_to_send() {
                1
            } else {
                2
            }
        }
        Err(reason) => {
            let error = Error::new(format!("TLS termination failed: {reason}"));
            // SAFETY: `errp` follows the API's contract.
            error.store(unsafe { Destination::from_raw(errp) }, c"qio_channel_tls_bye");
            -1
        }
    }
}
