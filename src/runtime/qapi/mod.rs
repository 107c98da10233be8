//! Copying and freeing the structs that QAPI describes.
//!
//! Such a struct and all strings and structs that it points to come from GLib's
//! allocator. A *visitor* is what is to be done with them; the function
//! `visit_type_T` of each type does it.

pub(crate) mod enums;
mod sockets;

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use glib_sys::{g_free, g_malloc, g_strdup};

use crate::abi::qemu::typedefs::Visitor;

pub(crate) use sockets::flatten;

/// A type with owned pointers in it.
///
/// # Safety
///
/// `visit_members` calls [`visit_string`] or [`visit`] with the address of every
/// owned pointer of the value, and does nothing else to it.
pub(crate) unsafe trait Node: Copy {
    /// The name of the type.
    const NAME: &'static str;

    /// Visits every owned pointer.
    ///
    /// # Safety
    ///
    /// `this` points to a valid value; for a union, only the selected member needs
    /// to be.
    unsafe fn visit_members(this: *mut Self, task: Task);
}

/// What a visitor does.
#[repr(u64)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Replaces every pointer by one to a copy.
    Clone = u64::from_ne_bytes(*b"QioClone"),
    /// Frees what every pointer points to.
    Free = u64::from_ne_bytes(*b"QioFrees"),
}

impl Task {
    /// The task of a C caller's visitor, which must be one of this library's.
    ///
    /// # Safety
    ///
    /// `visitor` points to at least 8 readable bytes.
    pub(crate) unsafe fn of(visitor: *mut Visitor, function: &str) -> Self {
        // SAFETY: passed on to the caller.
        let tag = unsafe { visitor.cast::<u64>().read_unaligned() };
        [Self::Clone, Self::Free]
            .into_iter()
            .find(|&task| task as u64 == tag)
            .unwrap_or_else(|| fatal!("{function}: the visitor is not one of this library's"))
    }

    /// Calls `function` with the visitor that C knows the task by.
    fn with_visitor<T>(mut self, function: impl FnOnce(*mut Visitor) -> T) -> T {
        function((&raw mut self).cast())
    }
}

/// Visits a string.
///
/// # Safety
///
/// `*string` is NULL or a C string, for [`Task::Free`] from GLib's allocator.
unsafe fn visit_string(string: *mut *mut c_char, task: Task) {
    // SAFETY: passed on to the caller.
    unsafe {
        *string = match task {
            Task::Clone if (*string).is_null() => g_strdup(c"".as_ptr()),
            Task::Clone => g_strdup(*string),
            Task::Free => {
                g_free((*string).cast());
                std::ptr::null_mut()
            }
        };
    }
}

/// A byte-wise copy of a value, in GLib's memory.
///
/// # Safety
///
/// `source` points to a value, of which parts may be uninitialised.
unsafe fn duplicate<T: Node>(source: *const T) -> *mut T {
    // SAFETY: both are as large as a value; GLib ends the process rather than
    // return NULL.
    unsafe {
        let copy = g_malloc(size_of::<T>()).cast::<T>();
        let bytes = copy.cast::<MaybeUninit<u8>>();
        bytes.copy_from_nonoverlapping(source.cast(), size_of::<T>());
        copy
    }
}

/// Visits a pointer to a value.
///
/// # Safety
///
/// `*object` is NULL or points to a valid value, for [`Task::Free`] in GLib's memory.
pub(crate) unsafe fn visit<T: Node>(object: *mut *mut T, task: Task) {
    // SAFETY: passed on to the caller.
    unsafe {
        match task {
            Task::Clone if (*object).is_null() => {
                fatal!("qapi_clone: a {} is NULL", T::NAME);
            }
            Task::Clone => {
                *object = duplicate(*object);
                T::visit_members(*object, task);
            }
            Task::Free if (*object).is_null() => {}
            Task::Free => {
                T::visit_members(*object, task);
                g_free((*object).cast());
                *object = std::ptr::null_mut();
            }
        }
    }
}

/// Frees a value; NULL does nothing.
///
/// # Safety
///
/// `object` is NULL or a valid value in GLib's memory that nobody uses again.
pub(crate) unsafe fn free<T: Node>(mut object: *mut T) {
    // SAFETY: passed on to the caller.
    unsafe { visit(&raw mut object, Task::Free) };
}

/// What C calls a visit of a pointer to a value; the error is always NULL.
pub(crate) type VisitType<'a> = &'a dyn Fn(*mut Visitor, *mut *mut c_void);

/// A deep copy of what `source` points to, made by the visit of its type.
pub(crate) fn clone(source: *const c_void, visit: VisitType<'_>) -> *mut c_void {
    let mut object = source.cast_mut();
    if !object.is_null() {
        Task::Clone.with_visitor(|visitor| visit(visitor, &raw mut object));
    }
    object
}

/// Makes a byte-wise copy a deep one, by the visit of its members.
pub(crate) fn clone_members(visit: &dyn Fn(*mut Visitor)) {
    Task::Clone.with_visitor(visit);
}
