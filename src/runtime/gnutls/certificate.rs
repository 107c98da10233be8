//! X.509 certificates.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, CString, c_uint};
use std::ptr::{NonNull, null, null_mut};

use super::{OwnedDatum, Reason, bindings as ffi, datum};

/// A certificate.
pub(crate) struct Certificate(NonNull<ffi::gnutls_x509_crt_int>);

/// What an extension says, and whether it must be obeyed.
pub(crate) struct Extension<T> {
    /// Its content.
    pub(crate) value: T,
    /// Whether it is marked critical.
    pub(crate) is_critical: bool,
}

/// The purposes of the extended key usage extension that matter here.
#[derive(Default)]
pub(crate) struct Purposes {
    /// Usable by a TLS server.
    pub(crate) server: bool,
    /// Usable by a TLS client.
    pub(crate) client: bool,
}

/// `None` where GnuTLS says that the data asked for does not exist.
fn optional(result: i32) -> Result<Option<i32>, Reason> {
    match Reason::check(result) {
        Ok(value) => Ok(Some(value)),
        Err(reason) if reason.code() == ffi::GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE => Ok(None),
        Err(reason) => Err(reason),
    }
}

impl Certificate {
    /// Reads one certificate from DER.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Reason> {
        let mut handle = null_mut();
        let der = datum(der).ok_or(Reason(ffi::GNUTLS_E_SHORT_MEMORY_BUFFER))?;
        // SAFETY: `handle` receives a new certificate, owned from then on; the
        // datum is only read.
        unsafe {
            Reason::check(ffi::gnutls_x509_crt_init(&raw mut handle))?;
            let certificate = Self(NonNull::new_unchecked(handle));
            let format = ffi::GNUTLS_X509_FMT_DER;
            Reason::check(ffi::gnutls_x509_crt_import(handle, &raw const der, format))?;
            Ok(certificate)
        }
    }

    /// Reads all certificates of a PEM file, in order.
    pub(crate) fn list_from_pem(pem: &[u8]) -> Result<Vec<Self>, Reason> {
        let mut array: *mut ffi::gnutls_x509_crt_t = null_mut();
        let mut count = 0;
        let pem = datum(pem).ok_or(Reason(ffi::GNUTLS_E_SHORT_MEMORY_BUFFER))?;
        // SAFETY: GnuTLS allocates the array and stores `count` new certificates,
        // which the vector owns; the array itself is freed here.
        unsafe {
            Reason::check(ffi::gnutls_x509_crt_list_import2(
                &raw mut array,
                &raw mut count,
                &raw const pem,
                ffi::GNUTLS_X509_FMT_PEM,
                0,
            ))?;
            let handles = (0..count as usize).map(|index| *array.add(index));
            let certificates = handles.filter_map(NonNull::new).map(Self).collect();
            super::free(array.cast());
            Ok(certificates)
        }
    }

    /// The handle, valid as long as the certificate.
    fn handle(&self) -> ffi::gnutls_x509_crt_t {
        self.0.as_ptr()
    }

    /// The subject's distinguished name, most general attribute first.
    pub(crate) fn subject(&self) -> Result<CString, Reason> {
        let mut name = OwnedDatum::EMPTY;
        // SAFETY: GnuTLS stores an allocated string, which the datum owns.
        Reason::check(unsafe { ffi::gnutls_x509_crt_get_dn2(self.handle(), &raw mut name.0) })?;
        Ok(c_string(name.bytes()))
    }

    /// When the certificate expires, in seconds since the epoch; -1 if unreadable.
    pub(crate) fn expires(&self) -> i64 {
        // SAFETY: the certificate is alive.
        unsafe { ffi::gnutls_x509_crt_get_expiration_time(self.handle()) }
    }

    /// When the certificate becomes valid; -1 if unreadable.
    pub(crate) fn starts(&self) -> i64 {
        // SAFETY: the certificate is alive.
        unsafe { ffi::gnutls_x509_crt_get_activation_time(self.handle()) }
    }

    /// Whether the basic constraints say that this is a CA, if there are any.
    pub(crate) fn is_ca(&self) -> Result<Option<bool>, Reason> {
        // SAFETY: the certificate is alive, and NULL means: not interested.
        let result = unsafe {
            ffi::gnutls_x509_crt_get_basic_constraints(
                self.handle(),
                null_mut(),
                null_mut(),
                null_mut(),
            )
        };
        Ok(optional(result)?.map(|is_ca| is_ca != 0))
    }

    /// The key usage bits (`GNUTLS_KEY_*`), if there are any.
    pub(crate) fn key_usage(&self) -> Result<Option<Extension<c_uint>>, Reason> {
        let (mut value, mut critical) = (0, 0);
        // SAFETY: the certificate is alive, and the variables are writable.
        let result = unsafe {
            ffi::gnutls_x509_crt_get_key_usage(self.handle(), &raw mut value, &raw mut critical)
        };
        Ok(optional(result)?.map(|_| Extension { value, is_critical: critical != 0 }))
    }

    /// What the extended key usage allows, if the certificate has one.
    pub(crate) fn purposes(&self) -> Result<Option<Extension<Purposes>>, Reason> {
        let mut found: Option<Extension<Purposes>> = None;
        for index in 0.. {
            let Some((identifier, is_critical)) = self.purpose(index)? else { break };
            let purposes =
                found.get_or_insert(Extension { value: Purposes::default(), is_critical });
            purposes.is_critical |= is_critical;
            let is = |known: &[u8]| identifier.to_bytes_with_nul() == known;
            let any = is(ffi::GNUTLS_KP_ANY);
            purposes.value.server |= any || is(ffi::GNUTLS_KP_TLS_WWW_SERVER);
            purposes.value.client |= any || is(ffi::GNUTLS_KP_TLS_WWW_CLIENT);
        }
        Ok(found)
    }

    /// The identifier of one purpose and whether the extension is critical.
    fn purpose(&self, index: c_uint) -> Result<Option<(CString, bool)>, Reason> {
        let mut size = 0;
        let mut critical = 0;
        // SAFETY: with a size of 0 nothing is stored but the size needed.
        let result = unsafe {
            ffi::gnutls_x509_crt_get_key_purpose_oid(
                self.handle(),
                index,
                null_mut(),
                &raw mut size,
                null_mut(),
            )
        };
        match optional(result) {
            Ok(None) => return Ok(None),
            Err(reason) if reason.code() != ffi::GNUTLS_E_SHORT_MEMORY_BUFFER => {
                return Err(reason);
            }
            _ => {}
        }
        let mut text = vec![0u8; size];
        // SAFETY: `text` is writable for `size` bytes.
        Reason::check(unsafe {
            ffi::gnutls_x509_crt_get_key_purpose_oid(
                self.handle(),
                index,
                text.as_mut_ptr().cast(),
                &raw mut size,
                &raw mut critical,
            )
        })?;
        Ok(Some((c_string(&text), critical != 0)))
    }

    /// Whether `issuer` may have issued this certificate.
    pub(crate) fn is_issued_by(&self, issuer: &Self) -> bool {
        // SAFETY: both certificates are alive.
        unsafe { ffi::gnutls_x509_crt_check_issuer(self.handle(), issuer.handle()) != 0 }
    }

    /// Whether the certificate is for `hostname`, a DNS name or an address.
    pub(crate) fn matches_host(&self, hostname: &CStr) -> bool {
        // SAFETY: the certificate is alive, the name NUL-terminated.
        unsafe { ffi::gnutls_x509_crt_check_hostname(self.handle(), hostname.as_ptr()) != 0 }
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        // SAFETY: this value owns the certificate.
        unsafe { ffi::gnutls_x509_crt_deinit(self.handle()) };
    }
}

/// Verifies `chain`, leaf first, against `authorities`; the status bits are
/// `GNUTLS_CERT_*`, 0 for a good chain.
pub(crate) fn verify(chain: &[Certificate], authorities: &[Certificate]) -> Result<c_uint, Reason> {
    let chain: Vec<_> = chain.iter().map(Certificate::handle).collect();
    let authorities: Vec<_> = authorities.iter().map(Certificate::handle).collect();
    let mut status = 0;
    // SAFETY: both arrays hold live certificates and are only read.
    Reason::check(unsafe {
        ffi::gnutls_x509_crt_list_verify(
            chain.as_ptr(),
            chain.len() as c_uint,
            authorities.as_ptr(),
            authorities.len() as c_uint,
            null(),
            0,
            0,
            &raw mut status,
        )
    })?;
    Ok(status)
}

/// The most telling of the reasons in a verification status.
pub(crate) fn verification_failure(status: c_uint) -> &'static str {
    const REASONS: [(c_uint, &str); 4] = [
        (ffi::GNUTLS_CERT_INSECURE_ALGORITHM, "The certificate uses an insecure algorithm"),
        (ffi::GNUTLS_CERT_REVOKED, "The certificate has been revoked"),
        (ffi::GNUTLS_CERT_SIGNER_NOT_FOUND, "The certificate hasn't got a known issuer"),
        (ffi::GNUTLS_CERT_INVALID, "The certificate is not trusted"),
    ];
    let reason = REASONS.iter().find(|(bit, _)| status & bit != 0);
    reason.map_or("The certificate is invalid", |(_, text)| text)
}

/// `bytes` up to the first NUL, as a C string.
fn c_string(bytes: &[u8]) -> CString {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    CString::new(text).unwrap_or_default()
}
