//! Types of `qom/object_interfaces.h`.

use std::cell::Cell;

use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::InterfaceClass;

/// An object that implements the interface "user-creatable".
///
/// cbindgen:ignore
#[repr(C)]
pub struct UserCreatable {
    _private: [u8; 0],
}

/// The interface of objects that users can create by name and properties.
///
/// A class stores its methods from its `class_init`, in what
/// `USER_CREATABLE_CLASS()` makes of the class; subclasses inherit them.
#[repr(C)]
pub struct UserCreatableClass {
    /// The base class.
    pub parent_class: InterfaceClass,
    /// Called once all properties are set: checks them and acquires what the object
    /// needs. An error ends the creation. May be NULL.
    pub complete: Cell<Option<unsafe extern "C" fn(uc: *mut UserCreatable, errp: *mut *mut Error)>>,
    /// Whether the object may be deleted now; NULL means always.
    pub can_be_deleted: Cell<Option<unsafe extern "C" fn(uc: *mut UserCreatable) -> bool>>,
}
