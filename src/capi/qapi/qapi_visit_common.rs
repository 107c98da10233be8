//! Functions of `qapi/qapi-visit-common.h`.

use std::ffi::c_char;

use crate::abi::qapi::qapi_types_common::String;
use crate::abi::qemu::typedefs::{Error, Visitor};
use crate::runtime::qapi::{self, Node, Task};

/// Visits a string: copies it in place of the pointer, or frees it.
///
/// # Safety
///
/// `v` is a visitor of this library, and `*obj` NULL or a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_String(
    v: *mut Visitor,
    _name: *const c_char,
    obj: *mut *mut String,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { qapi::visit(obj, Task::of(v, "visit_type_String")) };
    true
}

/// Visits what a string points to, and not the value itself.
///
/// # Safety
///
/// `v` is a visitor of this library, and `obj` a valid value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn visit_type_String_members(
    v: *mut Visitor,
    obj: *mut String,
    _errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Node::visit_members(obj, Task::of(v, "visit_type_String_members")) };
    true
}
