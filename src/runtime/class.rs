//! What the runtime's own user-creatable classes have in common: registration,
//! strings in fields, completion, lookup by id.
//!
//! They are classes like any other: C code creates, configures and subclasses
//! them, and may set their public fields, which therefore hold memory of GLib's
//! allocator.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{NonNull, null_mut};

use glib_sys::{g_free, g_strdup};

use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::{InterfaceInfo, Object, ObjectClass, TypeInfo};
use crate::abi::qom::object_interfaces::{UserCreatable, UserCreatableClass};
use crate::error::Error;
use crate::host::error::Destination;
use crate::host::object::{self, ObjectType};
use crate::runtime::object::{cast, path, roots};

const USER_CREATABLE: &CStr = c"user-creatable";

/// A class of the runtime.
pub(crate) struct Definition {
    /// The name of the type.
    pub(crate) name: &'static CStr,
    /// The name of its parent.
    pub(crate) parent: &'static CStr,
    /// Bytes of an instance; 0: as the parent's.
    pub(crate) instance_size: usize,
    /// Bytes of the class struct; 0: as the parent's.
    pub(crate) class_size: usize,
    /// Whether there are only subclasses of it.
    pub(crate) is_abstract: bool,
    /// Whether users create objects of it.
    pub(crate) is_user_creatable: bool,
    /// Initialises a zeroed instance.
    pub(crate) init: Option<unsafe extern "C" fn(*mut Object)>,
    /// Releases what an instance holds.
    pub(crate) finalize: Option<unsafe extern "C" fn(*mut Object)>,
    /// Fills in the class.
    pub(crate) class_init: Option<unsafe extern "C" fn(*mut ObjectClass, *mut c_void)>,
}

impl Definition {
    /// A subclass that adds nothing.
    pub(crate) const fn new(name: &'static CStr, parent: &'static CStr) -> Self {
        Self {
            name,
            parent,
            instance_size: 0,
            class_size: 0,
            is_abstract: false,
            is_user_creatable: false,
            init: None,
            finalize: None,
            class_init: None,
        }
    }

    /// Registers the type.
    pub(crate) fn register(self) {
        let mut interfaces = [
            InterfaceInfo { r#type: USER_CREATABLE.as_ptr() },
            InterfaceInfo { r#type: null_mut() },
        ];
        object::register_type(&TypeInfo {
            name: self.name.as_ptr(),
            parent: self.parent.as_ptr(),
            instance_size: self.instance_size,
            instance_align: 0,
            instance_init: self.init,
            instance_post_init: None,
            instance_finalize: self.finalize,
            r#abstract: self.is_abstract,
            class_size: self.class_size,
            class_init: self.class_init,
            class_base_init: None,
            class_data: null_mut(),
            interfaces: if self.is_user_creatable { interfaces.as_mut_ptr() } else { null_mut() },
        });
    }
}

/// A string that C code may set: NULL, or memory of GLib's allocator.
pub(crate) type TextCell = Cell<*mut c_char>;

/// The string in `cell`, if there is one.
///
/// # Safety
///
/// Nobody changes the cell while the result is used.
pub(crate) unsafe fn text(cell: &TextCell) -> Option<&CStr> {
    // SAFETY: not NULL, hence a C string.
    NonNull::new(cell.get()).map(|raw| unsafe { CStr::from_ptr(raw.as_ptr()) })
}

/// A copy of the string in `cell`.
pub(crate) fn owned_text(cell: &TextCell) -> Option<CString> {
    // SAFETY: it is copied before anything else happens.
    unsafe { text(cell) }.map(CStr::to_owned)
}

/// Replaces the string in `cell`; fits the setters of properties.
#[expect(clippy::unnecessary_wraps, reason = "setters can fail, this one cannot")]
pub(crate) fn set_text(cell: &TextCell, value: &CStr) -> Result<(), Error> {
    // SAFETY: the old string is of GLib's allocator, and `value` is copied first.
    unsafe { g_free(cell.replace(g_strdup(value.as_ptr())).cast()) };
    Ok(())
}

/// Frees the string in `cell`.
pub(crate) fn clear_text(cell: &TextCell) {
    // SAFETY: NULL or memory of GLib's allocator.
    unsafe { g_free(cell.replace(null_mut()).cast()) };
}

/// A class whose objects do something when all their properties are set.
pub(crate) trait Complete: ObjectType {
    /// Makes the object ready for use; it may run more than once.
    fn complete(&self) -> Result<(), Error>;
}

unsafe extern "C" fn complete<T: Complete>(object: *mut UserCreatable, errp: *mut *mut RawError) {
    // SAFETY: an interface pointer is the object's, and the hook is in the class
    // of `T` and its subclasses only; `errp` follows the API's contract.
    unsafe {
        if let Err(error) = (*object.cast_const().cast::<T>()).complete() {
            error.store(Destination::from_raw(errp), c"user_creatable_complete");
        }
    }
}

/// Makes `complete` run for the objects of a user-creatable class.
///
/// # Safety
///
/// `class` is the class of `T`, and its `class_init` runs.
pub(crate) unsafe fn complete_with<T: Complete>(class: *mut ObjectClass) {
    // SAFETY: the class implements the interface, so its interface class exists;
    // it is still being initialised.
    unsafe {
        let interface = cast::class_dynamic_cast(class, USER_CREATABLE.as_ptr());
        (*interface.cast::<UserCreatableClass>()).complete.set(Some(complete::<T>));
    }
}

/// Whether `object` is a `name`, or something derived from it.
///
/// # Safety
///
/// `object` is a live object.
pub(crate) unsafe fn is_a(object: *mut Object, name: &CStr) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { !cast::dynamic_cast(object, name.as_ptr()).is_null() }
}

/// The user-created object with this id; not a reference.
pub(crate) fn find(id: &CStr) -> Option<NonNull<Object>> {
    // SAFETY: the root exists for ever; the id is a C string.
    unsafe { NonNull::new(path::component(roots::objects(), id)) }
}
