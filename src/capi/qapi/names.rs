//! Tables of names.

use std::ffi::{c_char, c_int};

use crate::abi::qapi::util::QEnumLookup;

/// The names of an enum's values, in order.
pub(super) struct Names<const N: usize>(pub(super) [*const c_char; N]);

// SAFETY: pointers to constant strings.
unsafe impl<const N: usize> Sync for Names<N> {}

impl<const N: usize> Names<N> {
    /// The table that C knows.
    pub(super) const fn lookup(&'static self) -> QEnumLookup {
        QEnumLookup { array: self.0.as_ptr(), special_features: std::ptr::null(), size: N as c_int }
    }
}
