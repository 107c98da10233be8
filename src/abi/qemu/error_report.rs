//! Types of `qemu/error-report.h`.

use std::ffi::{c_int, c_void};

use crate::abi::values::LocationKindValue;

/// What kind of input a `Location` is in.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationKind {
    /// None.
    LOC_NONE = 0,
    /// Words of the command line.
    LOC_CMDLINE = 1,
    /// A line of a file.
    LOC_FILE = 2,
}

/// Where the input stands that reports are about. The caller allocates it and
/// keeps it alive while it is on the stack of locations; the fields are private.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Location {
    /// A `LocationKind`.
    pub kind: LocationKindValue,
    /// Number of words, or the line.
    pub num: c_int,
    /// The words, or the file's name.
    pub ptr: *const c_void,
    /// The location below this one; NULL if it is not on the stack.
    pub prev: *mut Location,
}
