//! What the runtime's own classes have in common: registration, properties that
//! are plain fields, completion.
//!
//! They are classes like any other: C code creates, configures and subclasses
//! them, and may set the same fields, which therefore hold memory of GLib's
//! allocator.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::ptr::{NonNull, null_mut};

use glib_sys::{g_free, g_strdup};

use crate::abi::qapi::util::QEnumLookup;
use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::qom::object::{InterfaceInfo, Object, ObjectClass, TypeInfo};
use crate::abi::qom::object_interfaces::{UserCreatable, UserCreatableClass};
use crate::error::Error;
use crate::host::error::Destination;
use crate::host::object::{self, ObjectType};

type GetText = unsafe extern "C" fn(*mut Object, *mut *mut RawError) -> *mut c_char;
type SetText = unsafe extern "C" fn(*mut Object, *const c_char, *mut *mut RawError);
type GetFlag = unsafe extern "C" fn(*mut Object, *mut *mut RawError) -> bool;
type SetFlag = unsafe extern "C" fn(*mut Object, bool, *mut *mut RawError);
type GetChoice = unsafe extern "C" fn(*mut Object, *mut *mut RawError) -> c_int;
type SetChoice = unsafe extern "C" fn(*mut Object, c_int, *mut *mut RawError);

unsafe extern "C" {
    fn object_class_property_add_str(
        class: *mut ObjectClass,
        name: *const c_char,
        get: Option<GetText>,
        set: Option<SetText>,
    ) -> *mut c_void;
    fn object_class_property_add_bool(
        class: *mut ObjectClass,
        name: *const c_char,
        get: Option<GetFlag>,
        set: Option<SetFlag>,
    ) -> *mut c_void;
    fn object_class_property_add_enum(
        class: *mut ObjectClass,
        name: *const c_char,
        type_name: *const c_char,
        lookup: *const QEnumLookup,
        get: Option<GetChoice>,
        set: Option<SetChoice>,
    ) -> *mut c_void;
    fn object_class_dynamic_cast(class: *mut ObjectClass, name: *const c_char) -> *mut ObjectClass;
    fn object_dynamic_cast(object: *mut Object, name: *const c_char) -> *mut Object;
    fn object_get_objects_root() -> *mut Object;
    fn object_resolve_path_component(parent: *mut Object, part: *const c_char) -> *mut Object;
}

/// A class of the runtime.
pub(crate) struct Definition {
    /// The name of the type, and that of its parent.
    pub(crate) name: &'static CStr,
    /// See `name`.
    pub(crate) parent: &'static CStr,
    /// Bytes of an instance and of the class; 0: as the parent's.
    pub(crate) instance_size: usize,
    /// See `instance_size`.
    pub(crate) class_size: usize,
    /// Whether there are only subclasses of it.
    pub(crate) is_abstract: bool,
    /// Whether users create objects of it, which are completed then.
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
            InterfaceInfo { r#type: c"user-creatable".as_ptr() },
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

/// Frees the string in `cell`.
pub(crate) fn clear_text(cell: &TextCell) {
    // SAFETY: NULL or memory of GLib's allocator.
    unsafe { g_free(cell.replace(null_mut()).cast()) };
}

/// A property that is a string in a field.
pub(crate) trait TextProperty {
    /// The instances that have it.
    type Owner: ObjectType;
    /// Its name.
    const NAME: &'static CStr;
    /// The field.
    fn field(owner: &Self::Owner) -> &TextCell;
}

/// Declares a string property: its type, the instances, its name and the field.
macro_rules! text_property {
    ($property:ident, $owner:ty, $name:literal, $field:ident) => {
        struct $property;

        impl $crate::runtime::class::TextProperty for $property {
            type Owner = $owner;
            const NAME: &'static std::ffi::CStr = $name;

            fn field(owner: &$owner) -> &$crate::runtime::class::TextCell {
                &owner.$field
            }
        }
    };
}
pub(crate) use text_property;

/// A property that is true or false.
pub(crate) trait FlagProperty {
    /// The instances that have it.
    type Owner: ObjectType;
    /// Its name.
    const NAME: &'static CStr;
    /// How it is set, if it can be.
    const SET: Option<fn(&Self::Owner, bool)>;
    /// Its value.
    fn get(owner: &Self::Owner) -> bool;
}

/// A property that is a value of an enum, in a field.
pub(crate) trait ChoiceProperty {
    /// The instances that have it.
    type Owner: ObjectType;
    /// Its name.
    const NAME: &'static CStr;
    /// The name of the enum.
    const TYPE: &'static CStr;
    /// The names of the values.
    fn names() -> &'static QEnumLookup;
    /// The field.
    fn field(owner: &Self::Owner) -> &Cell<c_uint>;
}

/// The instance that an accessor was called for.
unsafe fn instance<'a, T: ObjectType>(object: *mut Object) -> &'a T {
    // SAFETY: accessors are added to the class of `T` only.
    unsafe { &*object.cast::<T>() }
}

unsafe extern "C" fn get_text<P: TextProperty>(
    object: *mut Object,
    _errp: *mut *mut RawError,
) -> *mut c_char {
    // SAFETY: the accessor's contract; NULL gives NULL.
    unsafe { g_strdup(P::field(instance(object)).get()) }
}

unsafe extern "C" fn set_text<P: TextProperty>(
    object: *mut Object,
    value: *const c_char,
    _errp: *mut *mut RawError,
) {
    // SAFETY: the accessor's contract. The value may be what the field holds, so
    // it is copied first.
    unsafe { g_free(P::field(instance(object)).replace(g_strdup(value)).cast()) };
}

unsafe extern "C" fn get_flag<P: FlagProperty>(
    object: *mut Object,
    _errp: *mut *mut RawError,
) -> bool {
    // SAFETY: the accessor's contract.
    P::get(unsafe { instance(object) })
}

unsafe extern "C" fn set_flag<P: FlagProperty>(
    object: *mut Object,
    value: bool,
    _errp: *mut *mut RawError,
) {
    if let Some(set) = P::SET {
        // SAFETY: the accessor's contract.
        set(unsafe { instance(object) }, value);
    }
}

unsafe extern "C" fn get_choice<P: ChoiceProperty>(
    object: *mut Object,
    _errp: *mut *mut RawError,
) -> c_int {
    // SAFETY: the accessor's contract.
    P::field(unsafe { instance(object) }).get() as c_int
}

unsafe extern "C" fn set_choice<P: ChoiceProperty>(
    object: *mut Object,
    value: c_int,
    _errp: *mut *mut RawError,
) {
    // SAFETY: the accessor's contract; the value is one of the enum's.
    P::field(unsafe { instance(object) }).set(value as c_uint);
}

/// Adds a string property to the class of `P::Owner`.
///
/// # Safety
///
/// `class` is that class, and its `class_init` runs.
pub(crate) unsafe fn add_text<P: TextProperty>(class: *mut ObjectClass) {
    // SAFETY: the accessors fit the class.
    unsafe {
        let (get, set) = (get_text::<P>, set_text::<P>);
        object_class_property_add_str(class, P::NAME.as_ptr(), Some(get), Some(set));
    }
}

/// Adds a boolean property to the class of `P::Owner`.
///
/// # Safety
///
/// As for [`add_text`].
pub(crate) unsafe fn add_flag<P: FlagProperty>(class: *mut ObjectClass) {
    let set: SetFlag = set_flag::<P>;
    // SAFETY: the accessors fit the class.
    unsafe {
        object_class_property_add_bool(
            class,
            P::NAME.as_ptr(),
            Some(get_flag::<P>),
            P::SET.map(|_| set),
        );
    }
}

/// Adds an enum property to the class of `P::Owner`.
///
/// # Safety
///
/// As for [`add_text`].
pub(crate) unsafe fn add_choice<P: ChoiceProperty>(class: *mut ObjectClass) {
    // SAFETY: the accessors fit the class; the names are static.
    unsafe {
        object_class_property_add_enum(
            class,
            P::NAME.as_ptr(),
            P::TYPE.as_ptr(),
            P::names(),
            Some(get_choice::<P>),
            Some(set_choice::<P>),
        );
    }
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
        if let Err(error) = instance::<T>(object.cast()).complete() {
            error.store(Destination::from_raw(errp), c"user_creatable_complete");
        }
    }
}

/// Makes `complete` run for the objects of a user-creatable class.
///
/// # Safety
///
/// As for [`add_text`], of the class of `T`.
pub(crate) unsafe fn complete_with<T: Complete>(class: *mut ObjectClass) {
    // SAFETY: the class implements the interface, so its interface class exists;
    // it is still being initialised.
    unsafe {
        let interface = object_class_dynamic_cast(class, c"user-creatable".as_ptr());
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
    unsafe { !object_dynamic_cast(object, name.as_ptr()).is_null() }
}

/// The user-created object with this id; not a reference.
pub(crate) fn find(id: &CStr) -> Option<NonNull<Object>> {
    // SAFETY: the root exists for ever; the id is a C string.
    unsafe {
        NonNull::new(object_resolve_path_component(object_get_objects_root(), id.as_ptr()))
    }
}
