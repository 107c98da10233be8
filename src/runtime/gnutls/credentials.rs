//! What a session proves itself with, and judges its peer by.
//!
//! GnuTLS keeps only pointers to these in a session, and to the Diffie-Hellman
//! parameters in the credentials. So both live in one [`Credentials`], which the
//! credentials object and every session made from it share.

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;

use super::{Reason, bindings as ffi, datum};

/// Diffie-Hellman parameters.
pub(crate) struct DhParameters(ffi::gnutls_dh_params_t);

impl DhParameters {
    /// Reads the parameters from PEM (PKCS #3).
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, Reason> {
        let mut handle = null_mut();
        let pem = datum(pem).ok_or(Reason(ffi::GNUTLS_E_SHORT_MEMORY_BUFFER))?;
        // SAFETY: `handle` receives new parameters, owned from then on.
        unsafe {
            Reason::check(ffi::gnutls_dh_params_init(&raw mut handle))?;
            let parameters = Self(handle);
            let format = ffi::GNUTLS_X509_FMT_PEM;
            Reason::check(ffi::gnutls_dh_params_import_pkcs3(handle, &raw const pem, format))?;
            Ok(parameters)
        }
    }
}

impl Drop for DhParameters {
    fn drop(&mut self) {
        // SAFETY: this value owns the parameters, and credentials that point to
        // them were dropped before.
        unsafe { ffi::gnutls_dh_params_deinit(self.0) };
    }
}

/// The kinds of credentials, each with GnuTLS's handle.
enum Handle {
    AnonymousClient(ffi::gnutls_anon_client_credentials_t),
    AnonymousServer(ffi::gnutls_anon_server_credentials_t),
    PskClient(ffi::gnutls_psk_client_credentials_t),
    PskServer(ffi::gnutls_psk_server_credentials_t),
    Certificate(ffi::gnutls_certificate_credentials_t),
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: this value owns the handle, and no session uses it any more.
        unsafe {
            match *self {
                Self::AnonymousClient(handle) => ffi::gnutls_anon_free_client_credentials(handle),
                Self::AnonymousServer(handle) => ffi::gnutls_anon_free_server_credentials(handle),
                Self::PskClient(handle) => ffi::gnutls_psk_free_client_credentials(handle),
                Self::PskServer(handle) => ffi::gnutls_psk_free_server_credentials(handle),
                Self::Certificate(handle) => ffi::gnutls_certificate_free_credentials(handle),
            }
        }
    }
}

/// Credentials of one kind, unchanged once they are complete.
pub(crate) struct Credentials {
    // Dropped in this order: the handle points to the parameters.
    handle: Handle,
    parameters: Option<DhParameters>,
}

// SAFETY: GnuTLS only reads complete credentials (a PSK file is opened anew by each
// session), and sessions of several threads may share them.
unsafe impl Send for Credentials {}
// SAFETY: as above.
unsafe impl Sync for Credentials {}

/// Allocates with one of GnuTLS's allocation functions.
fn allocate<T>(function: unsafe extern "C" fn(*mut *mut T) -> i32) -> Result<*mut T, Reason> {
    let mut handle = null_mut();
    // SAFETY: the function stores a new handle.
    Reason::check(unsafe { function(&raw mut handle) })?;
    Ok(handle)
}

impl Credentials {
    fn new(handle: Handle) -> Self {
        Self { handle, parameters: None }
    }

    /// Credentials of an anonymous client.
    pub(crate) fn anonymous_client() -> Result<Self, Reason> {
        let handle = allocate(ffi::gnutls_anon_allocate_client_credentials)?;
        Ok(Self::new(Handle::AnonymousClient(handle)))
    }

    /// Credentials of an anonymous server.
    pub(crate) fn anonymous_server() -> Result<Self, Reason> {
        let handle = allocate(ffi::gnutls_anon_allocate_server_credentials)?;
        Ok(Self::new(Handle::AnonymousServer(handle)))
    }

    /// Credentials of a client that shares a key, given in hexadecimal.
    pub(crate) fn psk_client(user: &CStr, hex_key: &[u8]) -> Result<Self, Reason> {
        let handle = allocate(ffi::gnutls_psk_allocate_client_credentials)?;
        let credentials = Self::new(Handle::PskClient(handle));
        let key = datum(hex_key).ok_or(Reason(ffi::GNUTLS_E_SHORT_MEMORY_BUFFER))?;
        // SAFETY: GnuTLS copies the user name and the key.
        Reason::check(unsafe {
            ffi::gnutls_psk_set_client_credentials(
                handle,
                user.as_ptr(),
                &raw const key,
                ffi::GNUTLS_PSK_KEY_HEX,
            )
        })?;
        Ok(credentials)
    }

    /// Credentials of a server that looks its clients' keys up in a file.
    pub(crate) fn psk_server(file: &CStr) -> Result<Self, Reason> {
        let handle = allocate(ffi::gnutls_psk_allocate_server_credentials)?;
        let credentials = Self::new(Handle::PskServer(handle));
        // SAFETY: GnuTLS copies the path.
        Reason::check(unsafe {
            ffi::gnutls_psk_set_server_credentials_file(handle, file.as_ptr())
        })?;
        Ok(credentials)
    }

    /// Credentials that work with certificates, still without any.
    pub(crate) fn certificate() -> Result<Self, Reason> {
        let handle = allocate(ffi::gnutls_certificate_allocate_credentials)?;
        Ok(Self::new(Handle::Certificate(handle)))
    }

    /// Trusts the certificates of a PEM file. Returns how many there are.
    pub(crate) fn trust_file(&mut self, file: &CStr) -> Result<i32, Reason> {
        let Handle::Certificate(handle) = self.handle else { return Ok(0) };
        let format = ffi::GNUTLS_X509_FMT_PEM;
        // SAFETY: the handle is alive, the path NUL-terminated.
        Reason::check(unsafe {
            ffi::gnutls_certificate_set_x509_trust_file(handle, file.as_ptr(), format)
        })
    }

    /// Proves itself with the chain in one file and the key in another.
    pub(crate) fn identity_files(
        &mut self,
        chain: &CStr,
        key: &CStr,
        password: Option<&CStr>,
    ) -> Result<(), Reason> {
        let Handle::Certificate(handle) = self.handle else { return Ok(()) };
        let password = password.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: the handle is alive, the strings NUL-terminated; NULL means that
        // there is no password.
        Reason::check(unsafe {
            ffi::gnutls_certificate_set_x509_key_file2(
                handle,
                chain.as_ptr(),
                key.as_ptr(),
                ffi::GNUTLS_X509_FMT_PEM,
                password,
                0,
            )
        })
        .map(drop)
    }

    /// Rejects the certificates that the lists of a PEM file revoke.
    pub(crate) fn revocation_file(&mut self, file: &CStr) -> Result<(), Reason> {
        let Handle::Certificate(handle) = self.handle else { return Ok(()) };
        let format = ffi::GNUTLS_X509_FMT_PEM;
        // SAFETY: the handle is alive, the path NUL-terminated.
        Reason::check(unsafe {
            ffi::gnutls_certificate_set_x509_crl_file(handle, file.as_ptr(), format)
        })
        .map(drop)
    }

    /// Uses `parameters` for Diffie-Hellman key exchanges of a server.
    pub(crate) fn set_dh_parameters(&mut self, parameters: DhParameters) {
        // SAFETY: the handle is alive, and the parameters are kept for as long.
        unsafe {
            match self.handle {
                Handle::AnonymousServer(handle) => {
                    ffi::gnutls_anon_set_server_dh_params(handle, parameters.0);
                }
                Handle::PskServer(handle) => {
                    ffi::gnutls_psk_set_server_dh_params(handle, parameters.0);
                }
                Handle::Certificate(handle) => {
                    ffi::gnutls_certificate_set_dh_params(handle, parameters.0);
                }
                Handle::AnonymousClient(_) | Handle::PskClient(_) => {}
            }
        }
        self.parameters = Some(parameters);
    }

    /// GnuTLS's kind and handle, for a session.
    pub(super) fn raw(&self) -> (ffi::gnutls_credentials_type_t, *mut c_void) {
        match self.handle {
            Handle::AnonymousClient(handle) => (ffi::GNUTLS_CRD_ANON, handle.cast()),
            Handle::AnonymousServer(handle) => (ffi::GNUTLS_CRD_ANON, handle.cast()),
            Handle::PskClient(handle) => (ffi::GNUTLS_CRD_PSK, handle.cast()),
            Handle::PskServer(handle) => (ffi::GNUTLS_CRD_PSK, handle.cast()),
            Handle::Certificate(handle) => (ffi::GNUTLS_CRD_CERTIFICATE, handle.cast()),
        }
    }
}
