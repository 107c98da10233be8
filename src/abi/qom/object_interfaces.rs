//! Types of `qom/object_interfaces.h`.

use std::cell::Cell;

use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::InterfaceClass;

/// An object that users create by name and configure by properties. Opaque.
///
/// cbindgen:ignore
#[repr(C)]
pub struct UserCreatable {
    _private: [u8; 0],
}

/// The class of the interface.
#[repr(C)]
pub struct UserCreatableClass {
    /// The base class.
    pub parent_class: InterfaceClass,
    /// Makes the object ready for use when its properties are set; may be NULL.
    pub complete: Cell<Option<unsafe extern "C" fn(*mut UserCreatable, *mut *mut Error)>>,
    /// Whether the object may be deleted; NULL means that it may.
    pub can_be_deleted: Cell<Option<unsafe extern "C" fn(*mut UserCreatable) -> bool>>,
}
