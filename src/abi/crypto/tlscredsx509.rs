//! Types of `crypto/tlscredsx509.h`.

use crate::abi::crypto::tlscreds::QCryptoTLSCredsClass;

/// The class of credentials with X.509 certificates.
#[repr(C)]
pub struct QCryptoTLSCredsX509Class {
    /// The base class.
    pub parent_class: QCryptoTLSCredsClass,
}
