//! Types of `qom/object.h`.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicPtr, AtomicU32};

use glib_sys::{GHashTable, GHashTableIter, GSList};

use crate::abi::qemu::typedefs::QObject;
use crate::abi::values::{
    ObjectPropertyAccessorPointer, ObjectPropertyInitPointer, ObjectPropertyReleasePointer,
    ObjectPropertyResolvePointer,
};

/// A registered type. Opaque.
///
/// cbindgen:ignore
#[repr(C)]
pub struct TypeImpl {
    _private: [u8; 0],
}

/// Handle of a registered type.
///
/// cbindgen:ignore
pub type Type = *mut TypeImpl;

/// Frees the memory of an instance.
///
/// cbindgen:ignore
pub type ObjectFree = unsafe extern "C" fn(*mut c_void);

/// Called when an object is taken out of the composition tree.
///
/// cbindgen:ignore
pub type ObjectUnparent = unsafe extern "C" fn(*mut Object);

/// How many successful casts a class remembers.
///
/// cbindgen:ignore
pub const OBJECT_CLASS_CAST_CACHE: usize = 4;

/// The base of every instance.
///
/// cbindgen:ignore
#[repr(C)]
pub struct Object {
    /// The class of the object.
    pub class: Cell<*mut ObjectClass>,
    /// Frees the instance after the last reference is dropped; NULL for
    /// memory that the object does not own.
    pub free: Cell<Option<ObjectFree>>,
    /// The instance properties; private.
    pub properties: Cell<*mut GHashTable>,
    /// The reference count.
    pub r#ref: AtomicU32,
    /// The parent in the composition tree; not a reference.
    pub parent: Cell<*mut Object>,
}

/// The base of every class.
///
/// cbindgen:ignore
#[repr(C)]
pub struct ObjectClass {
    /// The type of the class.
    pub r#type: Cell<Type>,
    /// The interface classes of the class.
    pub interfaces: Cell<*mut GSList>,
    /// Type names that instances were recently cast to.
    pub object_cast_cache: [AtomicPtr<c_char>; OBJECT_CLASS_CAST_CACHE],
    /// Type names that the class was recently cast to.
    pub class_cast_cache: [AtomicPtr<c_char>; OBJECT_CLASS_CAST_CACHE],
    /// Called while an instance leaves the composition tree; may be NULL.
    pub unparent: Cell<Option<ObjectUnparent>>,
    /// The class properties; private.
    pub properties: Cell<*mut GHashTable>,
}

/// The base of every interface class.
#[repr(C)]
pub struct InterfaceClass {
    /// The base class.
    pub parent_class: ObjectClass,
    /// The class that implements the interface with this interface class.
    pub concrete_class: Cell<*mut ObjectClass>,
    /// The interface; private.
    pub interface_type: Cell<Type>,
}

/// Names an interface that a type implements; arrays end with a NULL name.
#[repr(C)]
pub struct InterfaceInfo {
    /// Name of the interface type.
    pub r#type: *const c_char,
}

/// Describes a type to be registered.
#[repr(C)]
pub struct TypeInfo {
    /// Name of the type; copied.
    pub name: *const c_char,
    /// Name of the parent type; copied.
    pub parent: *const c_char,
    /// Bytes of an instance; 0 means: as the parent.
    pub instance_size: usize,
    /// Alignment of an instance; 0 means: as the parent.
    pub instance_align: usize,
    /// Initialises an instance; the parents' ran before.
    pub instance_init: Option<unsafe extern "C" fn(*mut Object)>,
    /// Runs after every `instance_init`.
    pub instance_post_init: Option<unsafe extern "C" fn(*mut Object)>,
    /// Releases what an instance holds; the parents' run after.
    pub instance_finalize: Option<unsafe extern "C" fn(*mut Object)>,
    /// Whether the type cannot be instantiated.
    pub r#abstract: bool,
    /// Bytes of the class struct; 0 means: as the parent.
    pub class_size: usize,
    /// Fills in the class struct.
    pub class_init: Option<unsafe extern "C" fn(*mut ObjectClass, *mut c_void)>,
    /// Runs for every class derived from this type, before its `class_init`.
    pub class_base_init: Option<unsafe extern "C" fn(*mut ObjectClass, *mut c_void)>,
    /// Passed to the two functions above.
    pub class_data: *mut c_void,
    /// The interfaces of the type; NULL or an array that ends with a NULL name.
    pub interfaces: *mut InterfaceInfo,
}

/// Whether a link property keeps its target alive.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectPropertyLinkFlags {
    /// The link holds a reference.
    OBJ_PROP_LINK_STRONG = 1,
    /// The data given with the property is the target itself; private.
    OBJ_PROP_LINK_DIRECT = 2,
    /// The data given with the property is an offset; private.
    OBJ_PROP_LINK_CLASS = 4,
}

/// What may be done with a property that stands for a variable.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectPropertyFlags {
    /// It can be read.
    OBJ_PROP_FLAG_READ = 1,
    /// It can be written.
    OBJ_PROP_FLAG_WRITE = 2,
    /// Both.
    OBJ_PROP_FLAG_READWRITE = 3,
}

/// A property of an object or a class. Made and freed by the object model; C code
/// reads it.
#[repr(C)]
pub struct ObjectProperty {
    /// The name.
    pub name: Cell<*mut c_char>,
    /// The type, for users.
    pub r#type: Cell<*mut c_char>,
    /// What the property is for; NULL if nobody said.
    pub description: Cell<*mut c_char>,
    /// Reads the value; NULL if it cannot be read.
    pub get: Cell<ObjectPropertyAccessorPointer>,
    /// Writes the value; NULL if it cannot be written.
    pub set: Cell<ObjectPropertyAccessorPointer>,
    /// Finds the object that the property leads to; may be NULL.
    pub resolve: Cell<ObjectPropertyResolvePointer>,
    /// Runs when an object loses the property or dies; may be NULL.
    pub release: Cell<ObjectPropertyReleasePointer>,
    /// Runs for new objects; NULL if there is no default value.
    pub init: Cell<ObjectPropertyInitPointer>,
    /// The data given with the functions.
    pub opaque: Cell<*mut c_void>,
    /// The default value; NULL if there is none.
    pub defval: Cell<*mut QObject>,
}

/// Walks over properties; contents private.
#[repr(C)]
pub struct ObjectPropertyIterator {
    /// The class that comes next.
    pub(crate) nextclass: *mut ObjectClass,
    /// Position in the current table.
    pub(crate) iter: GHashTableIter,
}
