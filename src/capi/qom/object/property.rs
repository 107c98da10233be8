//! Functions of `qom/object.h` that add and remove properties.

use std::ffi::{CStr, c_char, c_int, c_void};

use libc::tm;

use crate::abi::qapi::util::QEnumLookup;
use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::{Object, ObjectClass, ObjectProperty};
use crate::abi::values::{
    ObjectPropertyAccessorPointer, ObjectPropertyFlagsValue, ObjectPropertyReleasePointer,
};
use crate::capi::qom::arguments::{report, string};
use crate::runtime::object::property::plain::{
    BoolProperty, EnumProperty, StringProperty, TimeProperty, VariableProperty, Width,
};
use crate::runtime::object::property::{Behaviour, CFunctions, Kind, table};
use crate::runtime::object::{failure, tree};

/// Gives an object a property that must not exist yet.
///
/// # Safety
///
/// `obj` is live; `name` is NUL-terminated.
pub(super) unsafe fn add(
    obj: *mut Object,
    name: *const c_char,
    type_name: &CStr,
    behaviour: Behaviour,
    function: &'static CStr,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        match table::add(obj, string(name, "object_property_add"), type_name, behaviour) {
            Ok(property) => property.as_raw(),
            Err(error) => failure::abort_with(error, function),
        }
    }
}

/// Gives a class a property that must not exist yet.
///
/// # Safety
///
/// `klass` is live; `name` is NUL-terminated.
pub(super) unsafe fn add_to_class(
    klass: *mut ObjectClass,
    name: *const c_char,
    type_name: &CStr,
    behaviour: Behaviour,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_class_property_add");
        table::add_to_class(klass, name, type_name, behaviour).as_raw()
    }
}

/// The behaviour of one of the library's kinds.
pub(super) fn kind(kind: impl Kind + 'static) -> Behaviour {
    Behaviour::Kind(Box::new(kind))
}

/// Gives an object a property with accessors of the caller.
///
/// The strings are copied. A name that ends in `[*]` gets the lowest free number in
/// place of the `*`. A `Visitor` cannot be looked into: an accessor can pass it on
/// to another property of an object.
///
/// @param obj an object
/// @param name name of the property
/// @param type name of its type, for users
/// @param get reads the value; NULL if it cannot be read
/// @param set writes the value; NULL if it cannot be written
/// @param release called when the property is removed or the object dies; may be
///     NULL
/// @param opaque passed to the three functions
/// @param errp set if the object or its class has a property of that name
/// @return the property, or NULL with `errp` set
///
/// # Safety
///
/// `obj` is a live object; `name` and `type` are C strings; the functions can be
/// called with such arguments and `opaque`; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_try_add(
    obj: *mut Object,
    name: *const c_char,
    r#type: *const c_char,
    get: ObjectPropertyAccessorPointer,
    set: ObjectPropertyAccessorPointer,
    release: ObjectPropertyReleasePointer,
    opaque: *mut c_void,
    errp: *mut *mut Error,
) -> *mut ObjectProperty {
    let behaviour = Behaviour::Functions(CFunctions { get, set, release, opaque });
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_try_add");
        let added = table::add(obj, name, string(r#type, "object_property_try_add"), behaviour);
        report(added, errp, c"object_property_try_add")
            .map_or(std::ptr::null_mut(), |property| property.as_raw())
    }
}

/// Same as `object_property_try_add()`, but aborts if the name is taken.
///
/// # Safety
///
/// `obj` is a live object; `name` and `type` are C strings; the functions can be
/// called with such arguments and `opaque`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add(
    obj: *mut Object,
    name: *const c_char,
    r#type: *const c_char,
    get: ObjectPropertyAccessorPointer,
    set: ObjectPropertyAccessorPointer,
    release: ObjectPropertyReleasePointer,
    opaque: *mut c_void,
) -> *mut ObjectProperty {
    let behaviour = Behaviour::Functions(CFunctions { get, set, release, opaque });
    // SAFETY: passed on to the caller.
    unsafe {
        let type_name = string(r#type, "object_property_add");
        add(obj, name, type_name, behaviour, c"object_property_add")
    }
}

/// Gives all objects of a class a property; see `object_property_try_add()`. Aborts
/// if the class or an ancestor has one of that name. `release` runs for each object
/// that dies, so it must leave `opaque` alone.
///
/// # Safety
///
/// `klass` is a live class; `name` and `type` are C strings; the functions can be
/// called with such arguments and `opaque`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add(
    klass: *mut ObjectClass,
    name: *const c_char,
    r#type: *const c_char,
    get: ObjectPropertyAccessorPointer,
    set: ObjectPropertyAccessorPointer,
    release: ObjectPropertyReleasePointer,
    opaque: *mut c_void,
) -> *mut ObjectProperty {
    let behaviour = Behaviour::Functions(CFunctions { get, set, release, opaque });
    // SAFETY: passed on to the caller.
    unsafe {
        let type_name = string(r#type, "object_class_property_add");
        add_to_class(klass, name, type_name, behaviour)
    }
}

/// Removes a property of an object (not of its class), after its `release` ran.
/// Aborts if there is none of that name.
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_del(obj: *mut Object, name: *const c_char) {
    // SAFETY: passed on to the caller.
    unsafe { tree::delete_property(obj, string(name, "object_property_del")) };
}

/// Gives an object a string property; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param get returns the value, a string that the caller frees with `g_free()`;
///     NULL for a write-only property
/// @param set changes the value; NULL for a read-only property
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; the functions can be called with
/// such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_str(
    obj: *mut Object,
    name: *const c_char,
    get: Option<unsafe extern "C" fn(obj: *mut Object, errp: *mut *mut Error) -> *mut c_char>,
    set: Option<
        unsafe extern "C" fn(obj: *mut Object, value: *const c_char, errp: *mut *mut Error),
    >,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        add(obj, name, c"string", kind(StringProperty { get, set }), c"object_property_add_str")
    }
}

/// The same as `object_property_add_str()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; the functions can be called with
/// such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_str(
    klass: *mut ObjectClass,
    name: *const c_char,
    get: Option<unsafe extern "C" fn(obj: *mut Object, errp: *mut *mut Error) -> *mut c_char>,
    set: Option<
        unsafe extern "C" fn(obj: *mut Object, value: *const c_char, errp: *mut *mut Error),
    >,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, c"string", kind(StringProperty { get, set })) }
}

/// Gives an object a boolean property; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param get returns the value; NULL for a write-only property
/// @param set changes the value; NULL for a read-only property
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; the functions can be called with
/// such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_bool(
    obj: *mut Object,
    name: *const c_char,
    get: Option<unsafe extern "C" fn(obj: *mut Object, errp: *mut *mut Error) -> bool>,
    set: Option<unsafe extern "C" fn(obj: *mut Object, value: bool, errp: *mut *mut Error)>,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe { add(obj, name, c"bool", kind(BoolProperty { get, set }), c"object_property_add_bool") }
}

/// The same as `object_property_add_bool()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; the functions can be called with
/// such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_bool(
    klass: *mut ObjectClass,
    name: *const c_char,
    get: Option<unsafe extern "C" fn(obj: *mut Object, errp: *mut *mut Error) -> bool>,
    set: Option<unsafe extern "C" fn(obj: *mut Object, value: bool, errp: *mut *mut Error)>,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, c"bool", kind(BoolProperty { get, set })) }
}

/// Gives an object an enum property; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param type_name name of the enum, which is the type of the property
/// @param lookup the names of the values; must live as long as the property
/// @param get returns the value; NULL for a write-only property
/// @param set changes the value; NULL for a read-only property
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` and `type_name` are C strings; `lookup` is a lookup
/// table that outlives the property; the functions can be called with such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_enum(
    obj: *mut Object,
    name: *const c_char,
    type_name: *const c_char,
    lookup: *const QEnumLookup,
    get: Option<unsafe extern "C" fn(obj: *mut Object, errp: *mut *mut Error) -> c_int>,
    set: Option<unsafe extern "C" fn(obj: *mut Object, value: c_int, errp: *mut *mut Error)>,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    let (names, type_name) = unsafe { (&*lookup, string(type_name, "object_property_add_enum")) };
    // SAFETY: passed on to the caller.
    unsafe {
        add(
            obj,
            name,
            type_name,
            kind(EnumProperty { names, get, set }),
            c"object_property_add_enum",
        )
    }
}

/// The same as `object_property_add_enum()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` and `type_name` are C strings; `lookup` is a
/// lookup table that outlives the property; the functions can be called with such
/// arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_enum(
    klass: *mut ObjectClass,
    name: *const c_char,
    type_name: *const c_char,
    lookup: *const QEnumLookup,
    get: Option<unsafe extern "C" fn(obj: *mut Object, errp: *mut *mut Error) -> c_int>,
    set: Option<unsafe extern "C" fn(obj: *mut Object, value: c_int, errp: *mut *mut Error)>,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    let (names, type_name) =
        unsafe { (&*lookup, string(type_name, "object_class_property_add_enum")) };
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, type_name, kind(EnumProperty { names, get, set })) }
}

/// Gives an object a read-only property for a date; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param get fills in the date
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; the functions can be called with
/// such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_tm(
    obj: *mut Object,
    name: *const c_char,
    get: Option<unsafe extern "C" fn(obj: *mut Object, value: *mut tm, errp: *mut *mut Error)>,
) -> *mut ObjectProperty {
    let Some(get) = get else { fatal!("object_property_add_tm: the getter is NULL") };
    // SAFETY: passed on to the caller.
    unsafe { add(obj, name, c"struct tm", kind(TimeProperty { get }), c"object_property_add_tm") }
}

/// The same as `object_property_add_tm()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; the functions can be called with
/// such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_tm(
    klass: *mut ObjectClass,
    name: *const c_char,
    get: Option<unsafe extern "C" fn(obj: *mut Object, value: *mut tm, errp: *mut *mut Error)>,
) -> *mut ObjectProperty {
    let Some(get) = get else { fatal!("object_class_property_add_tm: the getter is NULL") };
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, c"struct tm", kind(TimeProperty { get })) }
}

/// Gives an object a property for a `uint8_t` variable; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param v the variable, which must live as long as the property
/// @param flags whether it can be read and written
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_uint8_ptr(
    obj: *mut Object,
    name: *const c_char,
    v: *const u8,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits8, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe {
        add(obj, name, Width::Bits8.type_name(), kind(variable), c"object_property_add_uint8_ptr")
    }
}

/// The same as `object_property_add_uint8_ptr()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_uint8_ptr(
    klass: *mut ObjectClass,
    name: *const c_char,
    v: *const u8,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits8, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, Width::Bits8.type_name(), kind(variable)) }
}

/// Gives an object a property for a `uint16_t` variable; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param v the variable, which must live as long as the property
/// @param flags whether it can be read and written
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_uint16_ptr(
    obj: *mut Object,
    name: *const c_char,
    v: *const u16,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits16, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe {
        add(obj, name, Width::Bits16.type_name(), kind(variable), c"object_property_add_uint16_ptr")
    }
}

/// The same as `object_property_add_uint16_ptr()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_uint16_ptr(
    klass: *mut ObjectClass,
    name: *const c_char,
    v: *const u16,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits16, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, Width::Bits16.type_name(), kind(variable)) }
}

/// Gives an object a property for a `uint32_t` variable; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param v the variable, which must live as long as the property
/// @param flags whether it can be read and written
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_uint32_ptr(
    obj: *mut Object,
    name: *const c_char,
    v: *const u32,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits32, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe {
        add(obj, name, Width::Bits32.type_name(), kind(variable), c"object_property_add_uint32_ptr")
    }
}

/// The same as `object_property_add_uint32_ptr()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_uint32_ptr(
    klass: *mut ObjectClass,
    name: *const c_char,
    v: *const u32,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits32, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, Width::Bits32.type_name(), kind(variable)) }
}

/// Gives an object a property for a `uint64_t` variable; aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param v the variable, which must live as long as the property
/// @param flags whether it can be read and written
/// @return the property
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_uint64_ptr(
    obj: *mut Object,
    name: *const c_char,
    v: *const u64,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits64, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe {
        add(obj, name, Width::Bits64.type_name(), kind(variable), c"object_property_add_uint64_ptr")
    }
}

/// The same as `object_property_add_uint64_ptr()` for all objects of a class.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; `v` is an aligned variable that
/// outlives the property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_uint64_ptr(
    klass: *mut ObjectClass,
    name: *const c_char,
    v: *const u64,
    flags: ObjectPropertyFlagsValue,
) -> *mut ObjectProperty {
    let variable = VariableProperty { width: Width::Bits64, address: v.cast_mut().cast(), flags };
    // SAFETY: passed on to the caller.
    unsafe { add_to_class(klass, name, Width::Bits64.type_name(), kind(variable)) }
}
