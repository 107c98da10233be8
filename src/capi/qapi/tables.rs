//! Tables of the names of enum values.

use std::ffi::{c_char, c_int};
use std::ptr;

use crate::abi::qapi::util::QEnumLookup;

/// The names, in the order of the values.
pub(super) struct Names<const COUNT: usize>(pub(super) [*const c_char; COUNT]);

// SAFETY: the pointers are to constant strings.
unsafe impl<const COUNT: usize> Sync for Names<COUNT> {}

impl<const COUNT: usize> Names<COUNT> {
    /// The table for C.
    pub(super) const fn table(&'static self) -> QEnumLookup {
        QEnumLookup { array: self.0.as_ptr(), special_features: ptr::null(), size: COUNT as c_int }
    }
}
