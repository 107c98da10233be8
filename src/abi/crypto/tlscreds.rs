//! Types of `crypto/tlscreds.h`.

use std::cell::Cell;

use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::ObjectClass;

/// Credentials for TLS sessions. Opaque.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QCryptoTLSCreds {
    _private: [u8; 0],
}

/// Loads credentials again from their files. Returns false, with `errp` set, and
/// leaves everything as it was, if that fails.
pub type CryptoTLSCredsReload =
    Option<unsafe extern "C" fn(creds: *mut QCryptoTLSCreds, errp: *mut *mut Error) -> bool>;

/// The class of TLS credentials.
#[repr(C)]
pub struct QCryptoTLSCredsClass {
    /// The base class.
    pub parent_class: ObjectClass,
    /// Loads the credentials again; NULL if the class cannot.
    pub reload: Cell<CryptoTLSCredsReload>,
}
