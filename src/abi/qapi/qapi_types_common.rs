//! Types of `qapi/qapi-types-common.h`.

use std::ffi::c_char;

/// A string in a struct of its own. The sockets API names a descriptor with it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct String {
    /// The text.
    pub str: *mut c_char,
}
