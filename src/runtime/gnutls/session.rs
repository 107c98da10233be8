//! One TLS connection, without the policy around it.

use std::ffi::{CStr, c_uint, c_void};
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use super::certificate::Certificate;
use super::credentials::Credentials;
use super::{Reason, bindings as ffi};
use crate::abi::qapi::qapi_types_crypto::QCryptoTLSCredsEndpoint;
use crate::abi::values::QCryptoTLSCredsEndpointValue;

/// Moves encrypted bytes between GnuTLS and a transport: the pointer given with it,
/// memory and its length; -1 with `errno` set is failure.
pub(crate) type Push = unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> isize;

/// As [`Push`], in the other direction; 0 is the end of the transport.
pub(crate) type Pull = unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> isize;

/// Which end of a connection a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It starts the handshake.
    Client,
    /// It answers.
    Server,
}

impl Role {
    /// The role of the end that C calls `endpoint`.
    pub(crate) fn of_endpoint(endpoint: QCryptoTLSCredsEndpointValue) -> Self {
        const SERVER: QCryptoTLSCredsEndpointValue =
            QCryptoTLSCredsEndpoint::QCRYPTO_TLS_CREDS_ENDPOINT_SERVER as _;
        match endpoint {
            SERVER => Self::Server,
            _ => Self::Client,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// A GnuTLS session.
pub(crate) struct Session {
    handle: NonNull<ffi::gnutls_session_int>,
    // GnuTLS has only a pointer to them.
    _credentials: Arc<Credentials>,
}

impl Session {
    fn handle(&self) -> ffi::gnutls_session_t {
        self.handle.as_ptr()
    }

    /// Sets what moves the encrypted bytes.
    ///
    /// # Safety
    ///
    /// `pointer` is good for both functions as long as the session is used.
    pub(crate) unsafe fn set_transport(&self, pointer: *mut c_void, push: Push, pull: Pull) {
        // SAFETY: the session is alive; the functions are the caller's.
        unsafe {
            ffi::gnutls_transport_set_ptr(self.handle(), pointer);
            ffi::gnutls_transport_set_push_function(self.handle(), Some(push));
            ffi::gnutls_transport_set_pull_function(self.handle(), Some(pull));
        }
    }

    /// Asks clients for a certificate, without insisting on one.
    pub(crate) fn request_certificate(&self) {
        // SAFETY: the session is alive.
        unsafe {
            ffi::gnutls_certificate_server_set_request(self.handle(), ffi::GNUTLS_CERT_REQUEST);
        }
    }

    /// Tells the server which of its names the client means. A failure only means
    /// that it is not told.
    pub(crate) fn set_server_name(&self, name: &[u8]) {
        // SAFETY: the session is alive; GnuTLS copies the name.
        unsafe {
            ffi::gnutls_server_name_set(
                self.handle(),
                ffi::GNUTLS_NAME_DNS,
                name.as_ptr().cast(),
                name.len(),
            );
        }
    }

    /// Goes on with the handshake.
    pub(crate) fn handshake(&self) -> Result<(), Reason> {
        // SAFETY: the session is alive.
        Reason::check(unsafe { ffi::gnutls_handshake(self.handle()) }).map(drop)
    }

    /// Tells the peer that no more data will be sent.
    #[cfg(feature = "backports")]
    pub(crate) fn bye(&self) -> Result<(), Reason> {
        // SAFETY: the session is alive.
        Reason::check(unsafe { ffi::gnutls_bye(self.handle(), ffi::GNUTLS_SHUT_WR) }).map(drop)
    }

    /// Whether an interrupted handshake wants to send, and not to receive.
    pub(crate) fn wants_to_send(&self) -> bool {
        // SAFETY: the session is alive.
        unsafe { ffi::gnutls_record_get_direction(self.handle()) != 0 }
    }

    /// Encrypts and sends one record at most.
    ///
    /// # Safety
    ///
    /// `data` is readable for `length` bytes.
    #[inline]
    pub(crate) unsafe fn send(&self, data: *const c_void, length: usize) -> Result<usize, Reason> {
        // SAFETY: the session is alive; the memory is the caller's.
        count(unsafe { ffi::gnutls_record_send(self.handle(), data, length) })
    }

    /// Receives what is left of the current record, or of the next one.
    ///
    /// # Safety
    ///
    /// `data` is writable for `length` bytes.
    #[inline]
    pub(crate) unsafe fn receive(&self, data: *mut c_void, length: usize) -> Result<usize, Reason> {
        // SAFETY: the session is alive; the memory is the caller's.
        count(unsafe { ffi::gnutls_record_recv(self.handle(), data, length) })
    }

    /// The key length of the cipher in use, in bytes; 0 if there is none yet.
    pub(crate) fn key_size(&self) -> usize {
        // SAFETY: the session is alive.
        unsafe { ffi::gnutls_cipher_get_key_size(ffi::gnutls_cipher_get(self.handle())) }
    }

    /// Verifies the peer's certificates; the status bits are `GNUTLS_CERT_*`.
    pub(crate) fn verify_peer(&self) -> Result<c_uint, Reason> {
        let mut status = 0;
        // SAFETY: the session is alive.
        let result =
            unsafe { ffi::gnutls_certificate_verify_peers2(self.handle(), &raw mut status) };
        Reason::check(result).map(|_| status)
    }

    /// The certificates that the peer sent, its own first; `None` if it sent none.
    pub(crate) fn peer_certificates(
        &self,
    ) -> Option<impl Iterator<Item = Result<Certificate, Reason>>> {
        let mut count = 0;
        // SAFETY: the session is alive; the array is the session's.
        let array = unsafe { ffi::gnutls_certificate_get_peers(self.handle(), &raw mut count) };
        if array.is_null() {
            return None;
        }
        // SAFETY: GnuTLS says that there are so many elements, of so many bytes.
        Some((0..count as usize).map(move |index| unsafe {
            let der = &*array.add(index);
            Certificate::from_der(std::slice::from_raw_parts(der.data, der.size as usize))
        }))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: this value owns the session.
        unsafe { ffi::gnutls_deinit(self.handle()) };
    }
}

/// A session that cannot be used yet.
pub(crate) struct Builder(NonNull<ffi::gnutls_session_int>);

impl Builder {
    /// The beginning of a session.
    pub(crate) fn new(role: Role) -> Result<Self, Reason> {
        let flags = match role {
            Role::Client => ffi::GNUTLS_CLIENT,
            Role::Server => ffi::GNUTLS_SERVER,
        };
        let mut handle = std::ptr::null_mut();
        // SAFETY: `handle` receives a new session, owned from then on.
        unsafe {
            Reason::check(ffi::gnutls_init(&raw mut handle, flags))?;
            Ok(Self(NonNull::new_unchecked(handle)))
        }
    }

    /// Chooses the algorithms.
    pub(crate) fn priority(self, priority: &CStr) -> Result<Self, Reason> {
        // SAFETY: the session is alive; nobody wants the position of an error.
        Reason::check(unsafe {
            ffi::gnutls_priority_set_direct(
                self.0.as_ptr(),
                priority.as_ptr(),
                std::ptr::null_mut(),
            )
        })?;
        Ok(self)
    }

    /// Gives the session its credentials.
    pub(crate) fn credentials(self, credentials: Arc<Credentials>) -> Result<Session, Reason> {
        let (kind, handle) = credentials.raw();
        // SAFETY: the session is alive, and keeps the credentials alive.
        Reason::check(unsafe { ffi::gnutls_credentials_set(self.0.as_ptr(), kind, handle) })?;
        let session = Session { handle: self.0, _credentials: credentials };
        std::mem::forget(self);
        Ok(session)
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        // SAFETY: this value owns the session.
        unsafe { ffi::gnutls_deinit(self.0.as_ptr()) };
    }
}

/// A length, or a failure.
#[inline]
fn count(result: isize) -> Result<usize, Reason> {
    usize::try_from(result).map_err(|_| Reason(result as i32))
}
