//! Types of `crypto/secret_common.h`.

use std::cell::Cell;
use std::ffi::c_char;

use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::{Object, ObjectClass};
use crate::abi::values::QCryptoSecretFormatValue;

/// A secret, wherever it comes from.
#[repr(C)]
pub struct QCryptoSecretCommon {
    /// The base object.
    pub parent_obj: Object,
    /// The bytes, followed by a NUL; NULL until they are loaded.
    pub rawdata: Cell<*mut u8>,
    /// How many bytes there are, without the NUL.
    pub rawlen: Cell<usize>,
    /// How the input stands for the bytes.
    pub format: Cell<QCryptoSecretFormatValue>,
    /// The id of the secret that is the key of this one; NULL if it is not
    /// encrypted.
    pub keyid: Cell<*mut c_char>,
    /// The initialisation vector, in base64.
    pub iv: Cell<*mut c_char>,
}

/// The class of secrets.
#[repr(C)]
pub struct QCryptoSecretCommonClass {
    /// The base class.
    pub parent_class: ObjectClass,
    /// Fetches the input: stores memory from `g_malloc()`, which the caller frees,
    /// and its length, or an error.
    pub load_data: Cell<
        Option<
            unsafe extern "C" fn(
                secret: *mut QCryptoSecretCommon,
                output: *mut *mut u8,
                outputlen: *mut usize,
                errp: *mut *mut Error,
            ),
        >,
    >,
}
