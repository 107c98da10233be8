//! Types of `authz/simple.h`.

use std::cell::Cell;
use std::ffi::c_char;

use crate::abi::authz::base::QAuthZ;

/// Lets one identity enter.
#[repr(C)]
pub struct QAuthZSimple {
    /// The base object.
    pub parent_obj: QAuthZ,
    /// The identity.
    pub identity: Cell<*mut c_char>,
}
