//! Functions of `crypto/tlssession.h`.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;

use glib_sys::g_strdup;

use crate::abi::crypto::tlscreds::QCryptoTLSCreds;
use crate::abi::crypto::tlssession::{
    QCryptoTLSSession, QCryptoTLSSessionReadFunc, QCryptoTLSSessionWriteFunc,
};
use crate::abi::qemu::typedefs::Error;
use crate::abi::values::{QCryptoTLSCredsEndpointValue, QCryptoTLSSessionHandshakeStatusValue};
use crate::capi::qom::arguments::{optional_string, report};
use crate::runtime::gnutls::session::Role;
use crate::runtime::tls::session::{Options, TlsSession};
use crate::sys::Errno;

/// Creates a session.
///
/// Loading the credentials again does not change it. A session has no lock: one
/// thread may read while another writes; other calls must not overlap.
///
/// @param creds the credentials; the session takes a reference
/// @param hostname the name or address that a client expects in the server's
///     certificate; NULL otherwise. A name is told to the server (SNI)
/// @param aclname the id of the authorisation object that a server asks about the
///     names in its clients' certificates, or NULL
/// @param endpoint which end the session is
/// @param errp set if the credentials are of no use for this
/// @return the session, to be freed with `qcrypto_tls_session_free()`; NULL with
///     `errp` set
///
/// # Safety
///
/// `creds` is alive; `hostname` is NULL or a C string; `aclname` is NULL or a C
/// string; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_new(
    creds: *mut QCryptoTLSCreds,
    hostname: *const c_char,
    aclname: *const c_char,
    endpoint: QCryptoTLSCredsEndpointValue,
    errp: *mut *mut Error,
) -> *mut QCryptoTLSSession {
    // SAFETY: the caller passes live credentials and C strings; `errp` follows the
    // API's contract.
    unsafe {
        let options = Options {
            hostname: optional_string(hostname).map(CStr::to_owned),
            authz_id: optional_string(aclname).map(CStr::to_owned),
            role: Role::of_endpoint(endpoint),
        };
        let session = TlsSession::new(creds, options);
        report(session, errp, c"qcrypto_tls_session_new").map_or(null_mut(), TlsSession::into_raw)
    }
}

/// Frees a session. Nothing is sent.
///
/// @param sess the session, or NULL
///
/// # Safety
///
/// `sess` is NULL, or a session that is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_free(sess: *mut QCryptoTLSSession) {
    if !sess.is_null() {
        // SAFETY: the caller gives up a session from `qcrypto_tls_session_new`.
        drop(unsafe { Box::from_raw(sess.cast::<TlsSession>()) });
    }
}

/// Checks who the peer is, after the handshake.
///
/// Anonymous sessions, and those with pre-shared keys, accept every peer; so do
/// sessions whose credentials do not verify peers. With certificates, they must
/// be valid, a server's must be for the host name, and the authorisation object
/// of a server must let the client enter.
///
/// @param sess the session
/// @param errp set if the peer is refused
/// @return 0; -1 with `errp` set
///
/// # Safety
///
/// `sess` is alive; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_check_credentials(
    sess: *mut QCryptoTLSSession,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: the caller passes a live session; `errp` follows the API's contract.
    unsafe {
        let result = TlsSession::from_raw(sess).check_credentials();
        report(result, errp, c"qcrypto_tls_session_check_credentials").map_or(-1, |()| 0)
    }
}

/// Sets the functions that move the encrypted bytes.
///
/// @param sess the session
/// @param write sends
/// @param read receives
/// @param opaque passed to both
///
/// # Safety
///
/// `sess` is alive; the functions may be called with `opaque` as long as the
/// session is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_set_callbacks(
    sess: *mut QCryptoTLSSession,
    write: QCryptoTLSSessionWriteFunc,
    read: QCryptoTLSSessionReadFunc,
    opaque: *mut c_void,
) {
    // SAFETY: the caller passes a live session.
    unsafe { TlsSession::from_raw(sess) }.set_callbacks(write, read, opaque);
}

/// A length, or -1 with `errno` set.
#[inline]
fn length(result: Result<usize, Errno>) -> isize {
    match result {
        Ok(length) => length as isize,
        Err(errno) => {
            errno.store();
            -1
        }
    }
}

/// Encrypts and sends at most one record.
///
/// After `EAGAIN` a record is queued: the next call sends that one, whatever it is
/// given, and returns its length.
///
/// @param sess the session, after its handshake
/// @param buf the bytes
/// @param len their number; not 0
/// @return how many were taken; -1 with `errno` set: `EAGAIN`, `EINTR` or `EIO`
///
/// # Safety
///
/// `sess` is alive; `buf` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_write(
    sess: *mut QCryptoTLSSession,
    buf: *const c_char,
    len: usize,
) -> isize {
    // SAFETY: the caller passes a live session and `len` readable bytes.
    length(unsafe { TlsSession::from_raw(sess).write(buf.cast(), len) })
}

/// Receives what is left of the current record, or of the next one.
///
/// `EAGAIN` also comes, on a blocking transport as well, after a message that
/// carries no data.
///
/// @param sess the session, after its handshake
/// @param buf where to store the bytes
/// @param len how many there is room for; not 0
/// @return how many were stored; 0 if the peer ended the session; -1 with `errno`
///     set: `EAGAIN`, `EINTR`, `ECONNABORTED` if the transport ended before the
///     session, `EIO`
///
/// # Safety
///
/// `sess` is alive; `buf` is writable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_read(
    sess: *mut QCryptoTLSSession,
    buf: *mut c_char,
    len: usize,
) -> isize {
    // SAFETY: the caller passes a live session and `len` writable bytes.
    length(unsafe { TlsSession::from_raw(sess).read(buf.cast(), len) })
}

/// Starts the handshake, or goes on with it.
///
/// @param sess the session
/// @param errp set if the handshake failed
/// @return 0 when it is complete; 1 if the transport would block (see
///     `qcrypto_tls_session_get_handshake_status()`); -1 with `errp` set
///
/// # Safety
///
/// `sess` is alive; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_handshake(
    sess: *mut QCryptoTLSSession,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: the caller passes a live session; `errp` follows the API's contract.
    unsafe {
        let result = TlsSession::from_raw(sess).handshake();
        let complete = report(result, errp, c"qcrypto_tls_session_handshake");
        complete.map_or(-1, |complete| c_int::from(!complete))
    }
}

/// What the handshake waits for.
///
/// @param sess the session
/// @return that it is complete, or which direction has to become possible
///
/// # Safety
///
/// `sess` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_get_handshake_status(
    sess: *mut QCryptoTLSSession,
) -> QCryptoTLSSessionHandshakeStatusValue {
    // SAFETY: the caller passes a live session.
    unsafe { TlsSession::from_raw(sess) }.handshake_status() as _
}

/// The length of the cipher's keys.
///
/// @param sess the session
/// @param errp set before there is a cipher
/// @return the length in bytes; -1 with `errp` set
///
/// # Safety
///
/// `sess` is alive; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_get_key_size(
    sess: *mut QCryptoTLSSession,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: the caller passes a live session; `errp` follows the API's contract.
    unsafe {
        let result = TlsSession::from_raw(sess).key_size();
        report(result, errp, c"qcrypto_tls_session_get_key_size").map_or(-1, |size| size as c_int)
    }
}

/// The distinguished name in the peer's certificate, most general attribute
/// first.
///
/// @param sess the session
/// @return the name, to be freed with `g_free()`; NULL before the credentials were
///     checked, and for a peer without a certificate
///
/// # Safety
///
/// `sess` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_session_get_peer_name(
    sess: *mut QCryptoTLSSession,
) -> *mut c_char {
    // SAFETY: the caller passes a live session; GLib copies the string.
    unsafe {
        let name = TlsSession::from_raw(sess).peer_name();
        name.map_or(null_mut(), |name| g_strdup(name.as_ptr()))
    }
}
