//! Types of `authz/pamacct.h`.

use std::cell::Cell;
use std::ffi::c_char;

use crate::abi::authz::base::QAuthZ;

/// Lets users enter whose account PAM finds in order.
#[repr(C)]
pub struct QAuthZPAM {
    /// The base object.
    pub parent_obj: QAuthZ,
    /// The name of the PAM service.
    pub service: Cell<*mut c_char>,
}
