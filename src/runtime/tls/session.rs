//! One TLS session, as the C API promises it.
//!
//! There is no lock in here: one thread may read while another writes, as far as
//! GnuTLS allows that. Channels serialise the calls themselves.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_void};
use std::ptr::null_mut;
use std::sync::{Mutex, PoisonError};

use crate::abi::crypto::tlscreds::QCryptoTLSCreds;
use crate::abi::crypto::tlssession::{
    QCryptoTLSSession, QCryptoTLSSessionHandshakeStatus, QCryptoTLSSessionReadFunc,
    QCryptoTLSSessionWriteFunc,
};
use crate::error::Error;
use crate::host::object;
use crate::runtime::gnutls::Reason;
use crate::runtime::gnutls::bindings as ffi;
use crate::runtime::gnutls::session::{Builder, Role, Session};
use crate::runtime::text::shown;
use crate::runtime::tls::credentials::{CredentialsObject, Kind};
use crate::sys::Errno;

/// The algorithms of credentials without a priority string.
const DEFAULT_PRIORITY: &str = "NORMAL";

/// A session. C knows it as `QCryptoTLSSession`.
pub(crate) struct TlsSession {
    tls: Session,
    kind: Kind,
    role: Role,
    pub(super) hostname: Option<CString>,
    pub(super) authz_id: Option<CString>,
    pub(super) peer_name: Mutex<Option<CString>>,
    handshake_complete: Cell<bool>,
    write: Cell<QCryptoTLSSessionWriteFunc>,
    read: Cell<QCryptoTLSSessionReadFunc>,
    opaque: Cell<*mut c_void>,
    // The last field: it drops the reference when everything else is gone.
    credentials: CredentialsRef,
}

/// A reference to a credentials object.
struct CredentialsRef(*mut QCryptoTLSCreds);

impl CredentialsRef {
    /// # Safety
    ///
    /// `credentials` is a live object of a type derived from `tls-creds`.
    unsafe fn new(credentials: *mut QCryptoTLSCreds) -> Self {
        // SAFETY: passed on to the caller.
        unsafe { object::retain(credentials.cast()) };
        Self(credentials)
    }

    fn get(&self) -> &CredentialsObject {
        // SAFETY: the reference keeps the object alive.
        unsafe { CredentialsObject::from_raw(self.0) }
    }
}

impl Drop for CredentialsRef {
    fn drop(&mut self) {
        // SAFETY: this value owns one reference.
        unsafe { object::release(self.0.cast()) };
    }
}

/// What a session needs besides its credentials.
pub(crate) struct Options {
    /// The name or address that a client expects the server's certificate to be for.
    pub(crate) hostname: Option<CString>,
    /// The id of the authorisation object that a server asks about its clients.
    pub(crate) authz_id: Option<CString>,
    /// Which end the session is.
    pub(crate) role: Role,
}

impl TlsSession {
    /// A session over what `credentials` have loaded.
    ///
    /// # Safety
    ///
    /// `credentials` is a live object of a type derived from `tls-creds`.
    pub(crate) unsafe fn new(
        credentials: *mut QCryptoTLSCreds,
        options: Options,
    ) -> Result<Box<Self>, Error> {
        let Options { hostname, authz_id, role } = options;
        // SAFETY: passed on to the caller.
        let reference = unsafe { CredentialsRef::new(credentials) };
        let object = reference.get();
        if object.role() != role {
            return Err(Error::new(format!(
                "The endpoint of the TLS credentials ({}) does not match that of the session ({role})",
                object.role()
            )));
        }
        let kind = known_kind(object)?;
        let tls = connect(object, kind, role)?;
        if kind == Kind::X509 && role == Role::Server {
            tls.request_certificate();
        }
        if let Some(name) =
            hostname.as_deref().and_then(server_name).filter(|_| role == Role::Client)
        {
            tls.set_server_name(name);
        }
        let session = Box::new(Self {
            tls,
            kind,
            role,
            hostname,
            authz_id,
            peer_name: Mutex::new(None),
            handshake_complete: Cell::new(false),
            write: Cell::new(None),
            read: Cell::new(None),
            opaque: Cell::new(null_mut()),
            credentials: reference,
        });
        // SAFETY: the pointer stays good as long as the session is used: it is in
        // a box, and GnuTLS calls back only from the session's own methods.
        unsafe { session.tls.set_transport((&raw const *session).cast_mut().cast(), push, pull) };
        Ok(session)
    }

    /// The session behind a C pointer.
    ///
    /// # Safety
    ///
    /// `session` came from [`into_raw`](Self::into_raw) and was not freed, for `'a`.
    pub(crate) unsafe fn from_raw<'a>(session: *mut QCryptoTLSSession) -> &'a Self {
        // SAFETY: passed on to the caller.
        unsafe { &*session.cast::<Self>() }
    }

    /// Gives the session to C.
    pub(crate) fn into_raw(self: Box<Self>) -> *mut QCryptoTLSSession {
        Box::into_raw(self).cast()
    }

    /// Sets what moves the encrypted bytes.
    pub(crate) fn set_callbacks(
        &self,
        write: QCryptoTLSSessionWriteFunc,
        read: QCryptoTLSSessionReadFunc,
        opaque: *mut c_void,
    ) {
        self.write.set(write);
        self.read.set(read);
        self.opaque.set(opaque);
    }

    /// GnuTLS's part.
    pub(super) fn tls(&self) -> &Session {
        &self.tls
    }

    /// Which end this is.
    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// Whether the peer's certificates must be verified.
    pub(super) fn verifies_peer(&self) -> bool {
        self.kind == Kind::X509 && self.credentials.get().verifies_peer()
    }

    /// Whether the handshake is over.
    #[cfg(feature = "backports")]
    pub(super) fn is_connected(&self) -> bool {
        self.handshake_complete.get()
    }

    /// Goes on with the handshake. Returns whether it is complete.
    pub(crate) fn handshake(&self) -> Result<bool, Error> {
        match self.tls.handshake() {
            Ok(()) => {
                self.handshake_complete.set(true);
                Ok(true)
            }
            Err(reason) if is_interruption(reason) => Ok(false),
            Err(reason) => Err(Error::new(format!("TLS handshake failed: {reason}"))),
        }
    }

    /// What the handshake waits for.
    pub(crate) fn handshake_status(&self) -> QCryptoTLSSessionHandshakeStatus {
        use QCryptoTLSSessionHandshakeStatus::{
            QCRYPTO_TLS_HANDSHAKE_COMPLETE, QCRYPTO_TLS_HANDSHAKE_RECVING,
            QCRYPTO_TLS_HANDSHAKE_SENDING,
        };
        if self.handshake_complete.get() {
            QCRYPTO_TLS_HANDSHAKE_COMPLETE
        } else if self.tls.wants_to_send() {
            QCRYPTO_TLS_HANDSHAKE_SENDING
        } else {
            QCRYPTO_TLS_HANDSHAKE_RECVING
        }
    }

    /// Encrypts and sends one record at most.
    ///
    /// # Safety
    ///
    /// `data` is readable for `length` bytes.
    #[inline]
    pub(crate) unsafe fn write(&self, data: *const c_void, length: usize) -> Result<usize, Errno> {
        // SAFETY: passed on to the caller.
        unsafe { self.tls.send(data, length) }.map_err(|reason| errno_of(reason, libc::EIO))
    }

    /// Receives what is left of the current record, or of the next one.
    ///
    /// # Safety
    ///
    /// `data` is writable for `length` bytes.
    #[inline]
    pub(crate) unsafe fn read(&self, data: *mut c_void, length: usize) -> Result<usize, Errno> {
        // SAFETY: passed on to the caller.
        unsafe { self.tls.receive(data, length) }
            .map_err(|reason| errno_of(reason, libc::ECONNABORTED))
    }

    /// The key length of the cipher in use, in bytes.
    pub(crate) fn key_size(&self) -> Result<usize, Error> {
        match self.tls.key_size() {
            0 => Err(Error::new("The TLS session has no cipher yet")),
            size => Ok(size),
        }
    }

    /// The peer's distinguished name, once its certificate was looked at.
    pub(crate) fn peer_name(&self) -> Option<CString> {
        self.peer_name.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The kind of credentials, which must be one that sessions know.
fn known_kind(object: &CredentialsObject) -> Result<Kind, Error> {
    object.kind().ok_or_else(|| {
        // SAFETY: the object is alive.
        let name = unsafe { object::type_name(object.as_object()) };
        Error::new(format!("Unsupported type of TLS credentials: '{}'", shown(name)))
    })
}

/// GnuTLS's session over loaded credentials.
fn connect(object: &CredentialsObject, kind: Kind, role: Role) -> Result<Session, Error> {
    let loaded = object.loaded().ok_or_else(|| Error::new("The TLS credentials are not loaded"))?;
    let priority = priority_string(object, kind);
    let session = Builder::new(role)
        .map_err(|reason| Error::new(format!("Cannot initialise a TLS session: {reason}")))?;
    session
        .priority(&priority)
        .map_err(|reason| {
            Error::new(format!("Unable to set TLS priority '{}': {reason}", shown(&priority)))
        })?
        .credentials(loaded)
        .map_err(|reason| Error::new(format!("Cannot set the TLS credentials: {reason}")))
}

/// The algorithms to offer.
fn priority_string(object: &CredentialsObject, kind: Kind) -> CString {
    let base = object.priority();
    let base = base.as_deref().map_or(DEFAULT_PRIORITY.as_bytes(), CStr::to_bytes);
    let addition: &[u8] = match kind {
        Kind::Anonymous => b":+ANON-DH",
        Kind::Psk => b":+ECDHE-PSK:+DHE-PSK:+PSK",
        Kind::X509 => b"",
    };
    // Neither part has a NUL inside.
    CString::new([base, addition].concat()).unwrap_or_default()
}

/// The part of `hostname` that a server can be told (RFC 6066): a DNS name, no
/// address. Servers reject anything else.
fn server_name(hostname: &CStr) -> Option<&[u8]> {
    let name = hostname.to_bytes();
    let name = name.strip_suffix(b".").unwrap_or(name);
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let last_label = name.rsplit(|&byte| byte == b'.').next()?;
    let is_name = !last_label.iter().all(u8::is_ascii_digit) && name.iter().all(is_allowed);
    is_name.then_some(name)
}

/// Whether a call is to be repeated.
pub(super) fn is_interruption(reason: Reason) -> bool {
    matches!(reason.code(), ffi::GNUTLS_E_AGAIN | ffi::GNUTLS_E_INTERRUPTED)
}

/// The errno that stands for `reason`; `premature` for a transport that ended
/// without notice.
fn errno_of(reason: Reason, premature: i32) -> Errno {
    Errno::new(match reason.code() {
        ffi::GNUTLS_E_AGAIN => libc::EAGAIN,
        ffi::GNUTLS_E_INTERRUPTED => libc::EINTR,
        ffi::GNUTLS_E_PREMATURE_TERMINATION => premature,
        _ => libc::EIO,
    })
}

/// GnuTLS's way to the write callback. The callback's `errno` is what GnuTLS acts
/// on, so nothing may happen after the call.
unsafe extern "C" fn push(session: *mut c_void, data: *const c_void, length: usize) -> isize {
    // SAFETY: the pointer is the session that is just being used.
    let session = unsafe { &*session.cast::<TlsSession>() };
    match session.write.get() {
        // SAFETY: the callback gets readable memory and its own pointer.
        Some(write) => unsafe { write(data.cast(), length, session.opaque.get()) },
        None => no_callback(),
    }
}

/// As [`push`], for the read callback.
unsafe extern "C" fn pull(session: *mut c_void, data: *mut c_void, length: usize) -> isize {
    // SAFETY: the pointer is the session that is just being used.
    let session = unsafe { &*session.cast::<TlsSession>() };
    match session.read.get() {
        // SAFETY: the callback gets writable memory and its own pointer.
        Some(read) => unsafe { read(data.cast(), length, session.opaque.get()) },
        None => no_callback(),
    }
}

#[cold]
fn no_callback() -> isize {
    Errno::new(libc::EIO).store();
    -1
}

#[cfg(test)]
mod tests {
    use super::server_name;

    #[test]
    fn only_dns_names_are_told_to_servers() {
        for (hostname, expected) in [
            (c"www.example.org", Some(&b"www.example.org"[..])),
            (c"example.org.", Some(b"example.org")),
            (c"localhost", Some(b"localhost")),
            (c"192.168.0.1", None),
            (c"fe80::1", None),
            (c"under_score.org", None),
            (c"", None),
            (c".", None),
        ] {
            assert_eq!(server_name(hostname), expected, "{hostname:?}");
        }
    }
}
