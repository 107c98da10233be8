//! The object model.

use std::ffi::{CStr, c_char, c_void};
use std::ops::Deref;
use std::ptr::NonNull;

#[cfg(any(feature = "runtime", feature = "backports"))]
use crate::abi::qom::object::ObjectClass;
use crate::abi::qom::object::{Object, Type, TypeInfo};

unsafe extern "C" {
    fn object_new(typename: *const c_char) -> *mut Object;
    fn object_ref(object: *mut c_void) -> *mut Object;
    fn object_unref(object: *mut c_void);
    fn object_get_typename(object: *const Object) -> *const c_char;
    fn type_register_static(info: *const TypeInfo) -> Type;
    #[cfg(feature = "runtime")]
    fn type_register(info: *const TypeInfo) -> Type;
    #[cfg(any(feature = "runtime", feature = "backports"))]
    fn object_class_get_name(class: *mut ObjectClass) -> *const c_char;
    #[cfg(any(feature = "runtime", feature = "backports"))]
    fn object_class_dynamic_cast(
        class: *mut ObjectClass,
        typename: *const c_char,
    ) -> *mut ObjectClass;
    #[cfg(feature = "backports")]
    fn object_class_get_parent(class: *mut ObjectClass) -> *mut ObjectClass;
}

/// A type whose instances start with an [`Object`].
///
/// # Safety
///
/// The type is `#[repr(C)]`, its first member is an `Object` or another such
/// type, and `TYPE_NAME` is registered with exactly this size.
pub(crate) unsafe trait ObjectType {
    /// The name the type is registered under.
    const TYPE_NAME: &'static CStr;
}

/// A counted reference to an object.
pub(crate) struct ObjectRef<T: ObjectType>(NonNull<T>);

impl<T: ObjectType> ObjectRef<T> {
    /// A new instance.
    pub(crate) fn new() -> Self {
        // SAFETY: the name is a C string. `object_new` never returns NULL, and the
        // instance is a `T` by the contract of `ObjectType`.
        Self(unsafe { NonNull::new_unchecked(object_new(T::TYPE_NAME.as_ptr()).cast()) })
    }

    /// Takes a reference over.
    ///
    /// # Safety
    ///
    /// `object` is a live instance, and the caller gives up one reference to it.
    pub(crate) unsafe fn from_raw(object: *mut T) -> Self {
        // SAFETY: a live instance is not at address 0.
        Self(unsafe { NonNull::new_unchecked(object) })
    }

    /// A new reference to an object.
    ///
    /// # Safety
    ///
    /// `object` is a live instance of `T`.
    pub(crate) unsafe fn to(object: NonNull<T>) -> Self {
        // SAFETY: passed on to the caller.
        unsafe { object_ref(object.as_ptr().cast()) };
        Self(object)
    }

    /// The pointer that C knows the object by.
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// Gives the reference to C.
    pub(crate) fn into_raw(self) -> *mut T {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }
}

impl<T: ObjectType> Deref for ObjectRef<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the reference keeps the object alive.
        unsafe { self.0.as_ref() }
    }
}

impl<T: ObjectType> Drop for ObjectRef<T> {
    fn drop(&mut self) {
        // SAFETY: this value owns one reference, and it is not used again.
        unsafe { object_unref(self.0.as_ptr().cast()) };
    }
}

/// Takes a reference that `release` gives back.
///
/// # Safety
///
/// `object` is a live object.
pub(crate) unsafe fn retain(object: *mut c_void) {
    // SAFETY: passed on to the caller.
    unsafe { object_ref(object) };
}

/// Drops a reference.
///
/// # Safety
///
/// The caller owns one reference to the live `object`.
pub(crate) unsafe fn release(object: *mut c_void) {
    // SAFETY: passed on to the caller.
    unsafe { object_unref(object) };
}

/// The type name of an object, for messages.
///
/// # Safety
///
/// `object` is a live object.
pub(crate) unsafe fn type_name<'a>(object: *const Object) -> &'a CStr {
    // SAFETY: the name belongs to the type, and types are never destroyed.
    unsafe { CStr::from_ptr(object_get_typename(object)) }
}

/// Registers a type. The host copies the names and keeps the functions.
pub(crate) fn register_type(info: &TypeInfo) {
    // SAFETY: `info` is a complete description whose strings are NUL-terminated.
    unsafe { type_register_static(info) };
}

/// Registers a type for a C caller.
///
/// # Safety
///
/// `info` is a complete description whose functions fit the type.
#[cfg(feature = "runtime")]
pub(crate) unsafe fn register_caller_type(info: &TypeInfo) -> Type {
    // SAFETY: passed on to the caller.
    unsafe { type_register(info) }
}

/// The name of the type of a class.
///
/// # Safety
///
/// `class` is a class; it may be about to be initialised.
#[cfg(any(feature = "runtime", feature = "backports"))]
pub(crate) unsafe fn class_name<'a>(class: *mut ObjectClass) -> &'a CStr {
    // SAFETY: the name belongs to the type, and types are never destroyed.
    unsafe { CStr::from_ptr(object_class_get_name(class)) }
}

/// Whether a class is that of `T` or descends from it.
///
/// # Safety
///
/// `class` is NULL or a class; it may be about to be initialised.
#[cfg(any(feature = "runtime", feature = "backports"))]
pub(crate) unsafe fn class_descends_from<T: ObjectType>(class: *mut ObjectClass) -> bool {
    // SAFETY: passed on to the caller; the name is a C string.
    !unsafe { object_class_dynamic_cast(class, T::TYPE_NAME.as_ptr()) }.is_null()
}

/// The parent of a class; NULL for the root.
///
/// # Safety
///
/// `class` is a class.
#[cfg(feature = "backports")]
pub(crate) unsafe fn parent_class(class: *mut ObjectClass) -> *mut ObjectClass {
    // SAFETY: passed on to the caller.
    unsafe { object_class_get_parent(class) }
}
