//! What the functions of these headers share: checking arguments, passing errors.

use std::ffi::{CStr, c_char};

use crate::abi::qemu::typedefs::Error as RawError;
use crate::error::Error;
use crate::host::error::Destination;

/// A string that must not be NULL.
///
/// # Safety
///
/// `raw` is NULL or NUL-terminated for as long as the result is used.
pub(in crate::capi) unsafe fn string<'a>(raw: *const c_char, function: &str) -> &'a CStr {
    if raw.is_null() {
        fatal!("{function}: a string is NULL");
    }
    // SAFETY: as the caller vouches.
    unsafe { CStr::from_ptr(raw) }
}

/// A string that may be NULL.
///
/// # Safety
///
/// As [`string`].
pub(in crate::capi) unsafe fn optional_string<'a>(raw: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller vouches.
    (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) })
}

/// Stores the error of a failure for the caller of `function`.
///
/// # Safety
///
/// `errp` is what a C caller passed as such.
pub(in crate::capi) unsafe fn report<T>(
    result: Result<T, Error>,
    errp: *mut *mut RawError,
    function: &'static CStr,
) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            // SAFETY: as the caller vouches.
            error.store(unsafe { Destination::from_raw(errp) }, function);
            None
        }
    }
}
