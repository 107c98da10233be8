//! Functions of `qapi/util.h`.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, c_char, c_int};

use crate::abi::qapi::util::QEnumLookup;
use crate::abi::qemu::typedefs::Error;
use crate::host::error::Destination;
use crate::runtime::util::names;

/// Returns the name of `val`, which must be a value of the enum.
///
/// # Safety
///
/// The caller passes a complete table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_enum_lookup(lookup: *const QEnumLookup, val: c_int) -> *const c_char {
    // SAFETY: the caller passes a complete table.
    match unsafe { (*lookup).name(val) } {
        Some(name) => name.as_ptr(),
        None => fatal!("qapi_enum_lookup: {val} is not a value of the enum"),
    }
}

/// Returns the value with the name `buf`. Returns `def` if `buf` is NULL, or,
/// with an error, if there is no such name.
///
/// # Safety
///
/// The caller passes a complete table, a C string and a valid destination.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_enum_parse(
    lookup: *const QEnumLookup,
    buf: *const c_char,
    def: c_int,
    errp: *mut *mut Error,
) -> c_int {
    if buf.is_null() {
        return def;
    }
    // SAFETY: the caller passes a complete table, a C string and a valid
    // destination.
    let (name, value, destination) = unsafe {
        let name = CStr::from_ptr(buf);
        (name, (*lookup).value(name), Destination::from_raw(errp))
    };
    value.unwrap_or_else(|| {
        names::unknown_value(name).store(destination, c"qapi_enum_parse");
        def
    })
}

/// Stores in `*obj` what `value` means: `on`, `yes`, `true`, `y` or `off`, `no`,
/// `false`, `n`. Returns false, with an error that names the parameter `name`,
/// for anything else.
///
/// # Safety
///
/// The caller passes two C strings, a variable to be written, and a valid
/// destination.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_bool_parse(
    name: *const c_char,
    value: *const c_char,
    obj: *mut bool,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: the caller passes two C strings, a variable to be written, and a
    // valid destination.
    unsafe {
        match names::parse_bool(CStr::from_ptr(name), CStr::from_ptr(value)) {
            Ok(parsed) => obj.write(parsed),
            Err(error) => {
                error.store(Destination::from_raw(errp), c"qapi_bool_parse");
                return false;
            }
        }
    }
    true
}
