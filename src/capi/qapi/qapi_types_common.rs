//! Functions of `qapi/qapi-types-common.h`.

use crate::abi::qapi::qapi_types_common::String;
use crate::runtime::qapi;

/// Frees a string, with everything it points to. NULL does nothing.
///
/// # Safety
///
/// `obj` is NULL or a valid value in memory from `g_malloc()`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_String(obj: *mut String) {
    // SAFETY: passed on to the caller.
    unsafe { qapi::free(obj) };
}
