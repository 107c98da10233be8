//! Functions of `crypto/secret_common.h`.

use std::ffi::{CString, c_char, c_int};
use std::ptr::null_mut;

use glib_sys::{g_malloc, g_strdup};

use crate::abi::qemu::typedefs::Error;
use crate::capi::qom::arguments::{report, string};
use crate::runtime::secret;

/// Looks up the bytes of a secret.
///
/// @param secretid the id of the object
/// @param data receives a copy of the bytes, with a NUL behind them, to be freed
///     with `g_free()`
/// @param datalen receives their number, without the NUL
/// @param errp set if there is no such secret
/// @return 0; -1 with `errp` set
///
/// # Safety
///
/// `secretid` is a C string; `data` is writable; `datalen` is writable; `errp` is
/// NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_secret_lookup(
    secretid: *const c_char,
    data: *mut *mut u8,
    datalen: *mut usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: the caller passes a C string and two variables; `errp` follows the
    // API's contract. The copy has room for the bytes and a NUL.
    unsafe {
        let result = secret::lookup(string(secretid, "qcrypto_secret_lookup"));
        let Some(bytes) = report(result, errp, c"qcrypto_secret_lookup") else { return -1 };
        let copy = g_malloc(bytes.len() + 1).cast::<u8>();
        copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        copy.add(bytes.len()).write(0);
        data.write(copy);
        datalen.write(bytes.len());
    }
    0
}

/// A string for C, or NULL.
fn allocated(text: Option<CString>) -> *mut c_char {
    // SAFETY: GLib copies the string.
    text.map_or(null_mut(), |text| unsafe { g_strdup(text.as_ptr()) })
}

/// Looks up a secret that is text.
///
/// @param secretid the id of the object
/// @param errp set if there is no such secret, or if it is not UTF-8
/// @return the text, to be freed with `g_free()`; NULL with `errp` set
///
/// # Safety
///
/// `secretid` is a C string; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_secret_lookup_as_utf8(
    secretid: *const c_char,
    errp: *mut *mut Error,
) -> *mut c_char {
    // SAFETY: the caller passes a C string; `errp` follows the API's contract.
    unsafe {
        let result = secret::lookup_text(string(secretid, "qcrypto_secret_lookup_as_utf8"));
        allocated(report(result, errp, c"qcrypto_secret_lookup_as_utf8"))
    }
}

/// Looks up the bytes of a secret, in base64.
///
/// @param secretid the id of the object
/// @param errp set if there is no such secret
/// @return the text, to be freed with `g_free()`; NULL with `errp` set
///
/// # Safety
///
/// `secretid` is a C string; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_secret_lookup_as_base64(
    secretid: *const c_char,
    errp: *mut *mut Error,
) -> *mut c_char {
    // SAFETY: the caller passes a C string; `errp` follows the API's contract.
    unsafe {
        let result = secret::lookup_base64(string(secretid, "qcrypto_secret_lookup_as_base64"));
        allocated(report(result, errp, c"qcrypto_secret_lookup_as_base64"))
    }
}
