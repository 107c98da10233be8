//! Types of `crypto/tlscredspsk.h`.

use crate::abi::crypto::tlscreds::QCryptoTLSCredsClass;

/// The class of credentials with keys that both ends share.
#[repr(C)]
pub struct QCryptoTLSCredsPSKClass {
    /// The base class.
    pub parent_class: QCryptoTLSCredsClass,
}
