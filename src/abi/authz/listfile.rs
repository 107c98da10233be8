//! Types of `authz/listfile.h`.

use std::cell::Cell;
use std::ffi::c_char;

use crate::abi::authz::base::QAuthZ;

/// Watches a file. Opaque.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QFileMonitor {
    _private: [u8; 0],
}

/// Goes through a list of rules that is kept in a file.
#[repr(C)]
pub struct QAuthZListFile {
    /// The base object.
    pub parent_obj: QAuthZ,
    /// The list that was loaded last; private. NULL while there is none.
    pub list: Cell<*mut QAuthZ>,
    /// The path of the file.
    pub filename: Cell<*mut c_char>,
    /// Whether the file is loaded again when it changes.
    pub refresh: Cell<bool>,
    /// What watches the file; private.
    pub file_monitor: Cell<*mut QFileMonitor>,
    /// Private.
    pub file_watch: Cell<i64>,
}
