//! TLS sessions.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{NonNull, null_mut};

use crate::abi::crypto::tlscreds::QCryptoTLSCreds;
use crate::abi::crypto::tlssession::{
    QCryptoTLSSession, QCryptoTLSSessionHandshakeStatus, QCryptoTLSSessionReadFunc,
    QCryptoTLSSessionWriteFunc,
};
use crate::abi::qapi::qapi_types_crypto::QCryptoTLSCredsEndpoint;
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::values::{QCryptoTLSCredsEndpointValue, QCryptoTLSSessionHandshakeStatusValue};
use crate::host::error::OwnedError;
use crate::sys::Errno;

unsafe extern "C" {
    fn qcrypto_tls_session_new(
        creds: *mut QCryptoTLSCreds,
        hostname: *const c_char,
        aclname: *const c_char,
        endpoint: QCryptoTLSCredsEndpointValue,
        errp: *mut *mut RawError,
    ) -> *mut QCryptoTLSSession;
    fn qcrypto_tls_session_free(session: *mut QCryptoTLSSession);
    fn qcrypto_tls_session_set_callbacks(
        session: *mut QCryptoTLSSession,
        write: QCryptoTLSSessionWriteFunc,
        read: QCryptoTLSSessionReadFunc,
        opaque: *mut c_void,
    );
    fn qcrypto_tls_session_handshake(
        session: *mut QCryptoTLSSession,
        errp: *mut *mut RawError,
    ) -> c_int;
    fn qcrypto_tls_session_get_handshake_status(
        session: *mut QCryptoTLSSession,
    ) -> QCryptoTLSSessionHandshakeStatusValue;
    fn qcrypto_tls_session_check_credentials(
        session: *mut QCryptoTLSSession,
        errp: *mut *mut RawError,
    ) -> c_int;
    fn qcrypto_tls_session_read(
        session: *mut QCryptoTLSSession,
        buf: *mut c_char,
        len: usize,
    ) -> isize;
    fn qcrypto_tls_session_write(
        session: *mut QCryptoTLSSession,
        buf: *const c_char,
        len: usize,
    ) -> isize;
    // This library's own runtime has it, no other host.
    #[cfg(all(feature = "runtime", feature = "backports"))]
    fn qiochannel_tls_session_bye(
        session: *mut QCryptoTLSSession,
        errp: *mut *mut RawError,
    ) -> c_int;
}

/// What a session is made from. The pointers are the caller's: live credentials,
/// and strings or NULL.
pub(crate) struct Parameters {
    /// The credentials.
    pub(crate) credentials: *mut QCryptoTLSCreds,
    /// Whom a client expects.
    pub(crate) hostname: *const c_char,
    /// Whom a server asks about its clients.
    pub(crate) authz_id: *const c_char,
    /// Which end it is.
    pub(crate) endpoint: QCryptoTLSCredsEndpoint,
}

/// How far a handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It is complete.
    Complete,
    /// It waits until it can send.
    Sending,
    /// It waits until it can receive.
    Receiving,
}

/// A session that somebody else owns.
#[derive(Clone, Copy)]
pub(crate) struct Session(NonNull<QCryptoTLSSession>);

/// Runs a function that answers with a negative number when it sets an error.
fn checked(call: impl FnOnce(*mut *mut RawError) -> c_int) -> Result<(), Option<OwnedError>> {
    let mut error = null_mut();
    match call(&raw mut error) {
        0.. => Ok(()),
        // SAFETY: the function stored an error of ours, or nothing.
        _ => Err(unsafe { OwnedError::from_raw(error) }),
    }
}

/// A length, or what a function that returned -1 left in `errno`.
#[inline]
fn length(result: isize) -> Result<usize, Errno> {
    usize::try_from(result).map_err(|_| Errno::last())
}

impl Session {
    /// Makes a session; the caller owns it.
    ///
    /// # Safety
    ///
    /// The parameters are as described there.
    pub(crate) unsafe fn create(parameters: &Parameters) -> Result<Self, Option<OwnedError>> {
        let Parameters { credentials, hostname, authz_id, endpoint } = *parameters;
        let mut error = null_mut();
        // SAFETY: passed on to the caller; an error that is stored is ours.
        unsafe {
            let session = qcrypto_tls_session_new(
                credentials,
                hostname,
                authz_id,
                endpoint as QCryptoTLSCredsEndpointValue,
                &raw mut error,
            );
            NonNull::new(session).map(Self).ok_or_else(|| OwnedError::from_raw(error))
        }
    }

    /// The session behind a pointer, if it is not NULL.
    ///
    /// # Safety
    ///
    /// `session` is NULL, or alive as long as the result is used.
    #[inline]
    pub(crate) unsafe fn from_raw(session: *mut QCryptoTLSSession) -> Option<Self> {
        NonNull::new(session).map(Self)
    }

    /// The pointer that C knows the session by.
    pub(crate) fn as_ptr(self) -> *mut QCryptoTLSSession {
        self.0.as_ptr()
    }

    /// Frees the session.
    ///
    /// # Safety
    ///
    /// The caller owns it, and nobody uses it again.
    pub(crate) unsafe fn free(self) {
        // SAFETY: passed on to the caller.
        unsafe { qcrypto_tls_session_free(self.as_ptr()) };
    }

    /// Sets what moves the encrypted bytes.
    ///
    /// # Safety
    ///
    /// `opaque` is good for both functions as long as the session is used.
    pub(crate) unsafe fn set_callbacks(
        self,
        write: QCryptoTLSSessionWriteFunc,
        read: QCryptoTLSSessionReadFunc,
        opaque: *mut c_void,
    ) {
        // SAFETY: the session is alive; the rest is the caller's.
        unsafe { qcrypto_tls_session_set_callbacks(self.as_ptr(), write, read, opaque) };
    }

    /// Goes on with the handshake.
    pub(crate) fn handshake(self) -> Result<Progress, Option<OwnedError>> {
        use QCryptoTLSSessionHandshakeStatus::{
            QCRYPTO_TLS_HANDSHAKE_COMPLETE, QCRYPTO_TLS_HANDSHAKE_SENDING,
        };
        const COMPLETE: u32 = QCRYPTO_TLS_HANDSHAKE_COMPLETE as u32;
        const SENDING: u32 = QCRYPTO_TLS_HANDSHAKE_SENDING as u32;
        // SAFETY: the session is alive.
        checked(|errp| unsafe { qcrypto_tls_session_handshake(self.as_ptr(), errp) })?;
        // SAFETY: as above.
        Ok(match unsafe { qcrypto_tls_session_get_handshake_status(self.as_ptr()) } {
            COMPLETE => Progress::Complete,
            SENDING => Progress::Sending,
            _ => Progress::Receiving,
        })
    }

    /// Tells the peer that no more data will be sent.
    #[cfg(all(feature = "runtime", feature = "backports"))]
    pub(crate) fn bye(self) -> Result<Progress, Option<OwnedError>> {
        let mut outcome = 0;
        checked(|errp| {
            // SAFETY: the session is alive.
            outcome = unsafe { qiochannel_tls_session_bye(self.as_ptr(), errp) };
            outcome
        })?;
        Ok(match outcome {
            0 => Progress::Complete,
            1 => Progress::Sending,
            _ => Progress::Receiving,
        })
    }

    /// Checks who the peer is.
    pub(crate) fn check_credentials(self) -> Result<(), Option<OwnedError>> {
        // SAFETY: the session is alive.
        checked(|errp| unsafe { qcrypto_tls_session_check_credentials(self.as_ptr(), errp) })
    }

    /// Decrypts what is left of the current record, or the next one; 0 when the
    /// peer has ended the session.
    ///
    /// # Safety
    ///
    /// `data` is writable for `size` bytes.
    #[inline]
    pub(crate) unsafe fn read(self, data: *mut c_void, size: usize) -> Result<usize, Errno> {
        // SAFETY: the session is alive; the memory is the caller's.
        length(unsafe { qcrypto_tls_session_read(self.as_ptr(), data.cast(), size) })
    }

    /// Encrypts and sends one record at most.
    ///
    /// # Safety
    ///
    /// `data` is readable for `size` bytes.
    #[inline]
    pub(crate) unsafe fn write(self, data: *const c_void, size: usize) -> Result<usize, Errno> {
        // SAFETY: the session is alive; the memory is the caller's.
        length(unsafe { qcrypto_tls_session_write(self.as_ptr(), data.cast(), size) })
    }
}
