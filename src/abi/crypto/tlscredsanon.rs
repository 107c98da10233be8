//! Types of `crypto/tlscredsanon.h`.

use crate::abi::crypto::tlscreds::QCryptoTLSCredsClass;

/// The class of credentials without any proof of identity.
#[repr(C)]
pub struct QCryptoTLSCredsAnonClass {
    /// The base class.
    pub parent_class: QCryptoTLSCredsClass,
}
