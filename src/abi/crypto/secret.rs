//! Types of `crypto/secret.h`.

use std::cell::Cell;
use std::ffi::c_char;

use crate::abi::crypto::secret_common::{QCryptoSecretCommon, QCryptoSecretCommonClass};

/// A secret that is given as text, or as the path of a file.
#[repr(C)]
pub struct QCryptoSecret {
    /// The base object.
    pub parent_obj: QCryptoSecretCommon,
    /// The text.
    pub data: Cell<*mut c_char>,
    /// The path.
    pub file: Cell<*mut c_char>,
}

/// The class of such secrets.
#[repr(C)]
pub struct QCryptoSecretClass {
    /// The base class.
    pub parent_class: QCryptoSecretCommonClass,
}
