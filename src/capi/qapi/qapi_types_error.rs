//! Data of `qapi/qapi-types-error.h`.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::abi::qapi::util::QEnumLookup;

/// The names, in the order of the values.
struct Names([*const c_char; 5]);

// SAFETY: pointers to constant strings.
unsafe impl Sync for Names {}

static NAMES: Names = Names([
    c"GenericError".as_ptr(),
    c"CommandNotFound".as_ptr(),
    c"DeviceNotActive".as_ptr(),
    c"DeviceNotFound".as_ptr(),
    c"KVMMissingCap".as_ptr(),
]);

#[unsafe(no_mangle)]
static QapiErrorClass_lookup: QEnumLookup = QEnumLookup {
    array: (&raw const NAMES).cast(),
    special_features: ptr::null(),
    size: NAMES.0.len() as c_int,
};
