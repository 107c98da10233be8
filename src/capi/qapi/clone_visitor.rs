//! Functions of `qapi/clone-visitor.h`.

use std::ffi::{c_char, c_void};
use std::ptr::null_mut;

use crate::abi::qemu::typedefs::{Error, Visitor};
use crate::runtime::qapi;

/// What `QAPI_CLONE()` calls: a deep copy of a QAPI type.
///
/// @param src (nullable): a pointer to the type
/// @param visit_type the visit function of pointers to the type
///
/// @return (transfer full) (nullable): the copy; NULL if `src` is.
///
/// # Safety
///
/// `src` is NULL or a valid value of the type that `visit_type` visits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_clone(
    src: *const c_void,
    visit_type: Option<
        unsafe extern "C" fn(
            v: *mut Visitor,
            name: *const c_char,
            obj: *mut *mut c_void,
            errp: *mut *mut Error,
        ) -> bool,
    >,
) -> *mut c_void {
    let Some(visit_type) = visit_type else { fatal!("qapi_clone: the visit function is NULL") };
    // SAFETY: passed on to the caller. A clone reports no errors.
    qapi::clone(src, &|visitor, object| unsafe {
        visit_type(visitor, std::ptr::null(), object, null_mut());
    })
}

/// What `QAPI_CLONE_MEMBERS()` calls: a deep copy of a QAPI type into memory of the
/// caller.
///
/// @param dst where to put the copy
/// @param src the value to copy
/// @param sz the size of the type
/// @param visit_type_members the visit function of the type's members
///
/// # Safety
///
/// `src` is a valid value of the type that `visit_type_members` visits, whose size
/// `sz` is; `dst` is writable for it and does not overlap `src`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_clone_members(
    dst: *mut c_void,
    src: *const c_void,
    sz: usize,
    visit_type_members: Option<
        unsafe extern "C" fn(v: *mut Visitor, obj: *mut c_void, errp: *mut *mut Error) -> bool,
    >,
) {
    let Some(visit_members) = visit_type_members else {
        fatal!("qapi_clone_members: the visit function is NULL")
    };
    // SAFETY: passed on to the caller. A clone reports no errors.
    unsafe {
        std::ptr::copy_nonoverlapping(src.cast::<u8>(), dst.cast(), sz);
        qapi::clone_members(&|visitor| {
            visit_members(visitor, dst, null_mut());
        });
    }
}
