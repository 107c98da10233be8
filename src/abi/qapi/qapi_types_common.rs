//! Types of `qapi/qapi-types-common.h`.

use std::ffi::c_char;

/// A string as an object.
#[repr(C)]
#[derive(Debug)]
pub struct String {
    /// The string, from `g_malloc()`.
    pub str: *mut c_char,
}
