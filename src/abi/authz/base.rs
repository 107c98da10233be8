//! Types of `authz/base.h`.

use std::cell::Cell;
use std::ffi::c_char;

use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::{Object, ObjectClass};

/// Decides whether an identity may enter.
#[repr(C)]
pub struct QAuthZ {
    /// The base object.
    pub parent_obj: Object,
}

/// The class of such objects.
#[repr(C)]
pub struct QAuthZClass {
    /// The base class.
    pub parent_class: ObjectClass,
    /// Whether `identity` may enter. An error, in `errp`, comes with false.
    pub is_allowed: Cell<
        Option<
            unsafe extern "C" fn(
                authz: *mut QAuthZ,
                identity: *const c_char,
                errp: *mut *mut Error,
            ) -> bool,
        >,
    >,
}
