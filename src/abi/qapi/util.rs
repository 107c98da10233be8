//! Types of `qapi/util.h`.

use std::ffi::{c_char, c_int, c_uchar};

/// The names of an enum's values.
#[repr(C)]
#[derive(Debug)]
pub struct QEnumLookup {
    /// One name for each value, in order.
    pub array: *const *const c_char,
    /// Bits about each value; NULL if no value has any.
    pub special_features: *const c_uchar,
    /// The number of values.
    pub size: c_int,
}

// SAFETY: tables are constant data.
unsafe impl Sync for QEnumLookup {}
