//! Types of `crypto/tlssession.h`.

use std::ffi::{c_char, c_void};

/// How far a handshake is.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QCryptoTLSSessionHandshakeStatus {
    /// It is complete.
    QCRYPTO_TLS_HANDSHAKE_COMPLETE,
    /// It goes on when the transport can be written to.
    QCRYPTO_TLS_HANDSHAKE_SENDING,
    /// It goes on when the transport can be read from.
    QCRYPTO_TLS_HANDSHAKE_RECVING,
}

/// A TLS session. Opaque.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QCryptoTLSSession {
    _private: [u8; 0],
}

/// Sends encrypted bytes. Returns how many were taken, or -1 with `errno` set:
/// `EAGAIN` if the transport would block.
pub type QCryptoTLSSessionWriteFunc =
    Option<unsafe extern "C" fn(buf: *const c_char, len: usize, opaque: *mut c_void) -> isize>;

/// Receives encrypted bytes. Returns how many were stored, 0 at the end of the
/// transport, or -1 with `errno` set: `EAGAIN` if the transport would block.
pub type QCryptoTLSSessionReadFunc =
    Option<unsafe extern "C" fn(buf: *mut c_char, len: usize, opaque: *mut c_void) -> isize>;
