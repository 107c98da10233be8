//! Types of `authz/pamacct.h`.

use std::cell::Cell;
use std::ffi::c_char;

use crate::abi::authz::base::QAuthZ;

/// Asks the system's PAM service.
#[repr(C)]
pub struct QAuthZPAM {
    /// The base object.
    pub parent_obj: QAuthZ,
    /// The name of the service.
    pub service: Cell<*mut c_char>,
}
