//! Functions of `qom/object.h` that add and describe properties.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use glib_sys::{g_free, g_strdup};
use libc::tm;

use crate::abi::qapi::util::QEnumLookup;
use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::{
    Object, ObjectClass, ObjectProperty, ObjectPropertyIterator, ObjectPropertyLinkFlags,
};
use crate::abi::values::{
    ObjectPropertyAccessorPointer, ObjectPropertyFlagsValue, ObjectPropertyLinkFlagsValue,
    ObjectPropertyReleasePointer,
};
use crate::capi::qom::arguments::{report, string};
use crate::runtime::object::property::alias::{self, Alias};
use crate::runtime::object::property::link::{self, Link, Target};
use crate::runtime::object::property::plain::{
    BoolProperty, EnumProperty, StringProperty, TimeProperty, VariableProperty, Width,
};
use crate::runtime::object::property::value::Value;
use crate::runtime::object::property::{
    Behaviour, CFunctions, Kind, Property, access, child, default, iterator, table,
};
use crate::runtime::object::{failure, tree};
use crate::runtime::text::shown;

/// Gives an object a property that must not exist yet.
///
/// # Safety
///
/// `obj` is live; `name` is NUL-terminated.
unsafe fn add(
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
unsafe fn add_to_class(
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

fn kind(kind: impl Kind + 'static) -> Behaviour {
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

/// Makes a link's kind.
fn new_link(
    target: Target,
    target_type: &CStr,
    check: Option<link::Check>,
    flags: ObjectPropertyLinkFlagsValue,
) -> Behaviour {
    kind(Link { target, target_type: target_type.to_owned(), check, flags })
}

/// Gives an object a link: a property that leads to another object.
///
/// The value is a path; setting it stores the object found there in the variable.
/// "" stands for NULL. Aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param type the type that targets must have
/// @param targetp the variable, which must live as long as the property
/// @param check called before each change, with the new target or NULL; refuses it
///     by setting an error. NULL for a read-only link
/// @param flags `OBJ_PROP_LINK_STRONG` if the variable holds a reference
/// @return the property
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_link(
    obj: *mut Object,
    name: *const c_char,
    r#type: *const c_char,
    targetp: *mut *mut Object,
    check: Option<
        unsafe extern "C" fn(
            obj: *const Object,
            name: *const c_char,
            val: *mut Object,
            errp: *mut *mut Error,
        ),
    >,
    flags: ObjectPropertyLinkFlagsValue,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        let target_type = string(r#type, "object_property_add_link");
        let link = new_link(Target::Variable(targetp), target_type, check, flags);
        add(obj, name, &link::type_name(target_type), link, c"object_property_add_link")
    }
}

/// Gives all objects of a class a link, as `object_property_add_link()` does.
///
/// @param oc a class
/// @param name name of the property
/// @param type the type that targets must have
/// @param offset where in the object the variable is
/// @param check as above
/// @param flags as above
/// @return the property
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_add_link(
    oc: *mut ObjectClass,
    name: *const c_char,
    r#type: *const c_char,
    offset: isize,
    check: Option<
        unsafe extern "C" fn(
            obj: *const Object,
            name: *const c_char,
            val: *mut Object,
            errp: *mut *mut Error,
        ),
    >,
    flags: ObjectPropertyLinkFlagsValue,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        let target_type = string(r#type, "object_class_property_add_link");
        let link = new_link(Target::Offset(offset), target_type, check, flags);
        add_to_class(oc, name, &link::type_name(target_type), link)
    }
}

/// A `check` for links that accepts every target.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_allow_set_link(
    obj: *const Object,
    name: *const c_char,
    child: *mut Object,
    errp: *mut *mut Error,
) {
    let _ = (obj, name, child, errp);
}

/// Gives an object a read-only link that always leads to the same object, without a
/// reference. Aborts if the name is taken.
///
/// @param obj an object
/// @param name name of the property
/// @param target where it leads; must live as long as the property
/// @return the property
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_const_link(
    obj: *mut Object,
    name: *const c_char,
    target: *mut Object,
) -> *mut ObjectProperty {
    const FLAGS: ObjectPropertyLinkFlagsValue =
        ObjectPropertyLinkFlags::OBJ_PROP_LINK_DIRECT as ObjectPropertyLinkFlagsValue;
    // SAFETY: passed on to the caller.
    unsafe {
        let target_type = CStr::from_ptr(super::object_get_typename(target));
        let link = new_link(Target::Fixed(target), target_type, None, FLAGS);
        let type_name = link::type_name(target_type);
        add(obj, name, &type_name, link, c"object_property_add_const_link")
    }
}

/// Gives an object a property that stands for one of another object. Aborts if the
/// name is taken or the other property does not exist.
///
/// @param obj an object
/// @param name name of the property
/// @param target_obj the other object, which must live as long as the property
/// @param target_name name of the other property
/// @return the property
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_alias(
    obj: *mut Object,
    name: *const c_char,
    target_obj: *mut Object,
    target_name: *const c_char,
) -> *mut ObjectProperty {
    const FUNCTION: &CStr = c"object_property_add_alias";
    // SAFETY: passed on to the caller.
    unsafe {
        let target_name = string(target_name, "object_property_add_alias");
        let type_name: CString = match alias::type_name(target_obj, target_name) {
            Ok(type_name) => type_name,
            Err(error) => failure::abort_with(error, FUNCTION),
        };
        let alias = Alias { target: target_obj, name: target_name.to_owned() };
        let property = add(obj, name, &type_name, kind(alias), FUNCTION);
        (*property).description.set(g_strdup(alias::description(target_obj, target_name)));
        property
    }
}

/// Makes an object a child of another one, which takes a reference and keeps the
/// child until `object_unparent()` or its own end. Aborts if the child has a parent
/// or the name is taken.
///
/// @param obj the parent
/// @param name name of the property, which is the child's path component
/// @param child the child
/// @return the property
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_add_child(
    obj: *mut Object,
    name: *const c_char,
    child: *mut Object,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    match unsafe { child::add(obj, string(name, "object_property_add_child"), child) } {
        Ok(property) => property.as_raw(),
        Err(error) => failure::abort_with(error, c"object_property_add_child"),
    }
}

/// Same as `object_property_add_child()`, but a taken name is an error; the child is
/// as before then.
///
/// @return the property, or NULL with `errp` set
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_try_add_child(
    obj: *mut Object,
    name: *const c_char,
    child: *mut Object,
    errp: *mut *mut Error,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        let added = child::add(obj, string(name, "object_property_try_add_child"), child);
        report(added, errp, c"object_property_try_add_child")
            .map_or(std::ptr::null_mut(), |property| property.as_raw())
    }
}

/// Describes a property, for users. Aborts if the object has none of that name.
///
/// @param obj an object
/// @param name name of the property
/// @param description the text; copied
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_description(
    obj: *mut Object,
    name: *const c_char,
    description: *const c_char,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let found = access::find(obj, string(name, "object_property_set_description"));
        match found {
            Ok(property) => describe(&property, description),
            Err(error) => failure::abort_with(error, c"object_property_set_description"),
        }
    }
}

/// Describes a property of this very class, for users. Aborts if it has none of that
/// name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_set_description(
    klass: *mut ObjectClass,
    name: *const c_char,
    description: *const c_char,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_class_property_set_description");
        let Some(property) = table::find_own_of_class(klass, name) else {
            fatal!(
                "object_class_property_set_description: the class has no property '{}'",
                shown(name)
            )
        };
        describe(&property, description);
    }
}

/// Replaces a description.
///
/// # Safety
///
/// `text` is NULL or NUL-terminated.
unsafe fn describe(property: &Property, text: *const c_char) {
    // SAFETY: the old description is GLib's memory.
    unsafe {
        let description = &(*property.as_raw()).description;
        g_free(description.replace(g_strdup(text)).cast());
    }
}

/// Gives a property a default, a boolean. New objects of the class that has the
/// property start with it: it is set before their `instance_init`, and must be
/// acceptable. Aborts if the property has a default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_default_bool(prop: *mut ObjectProperty, value: bool) {
    // SAFETY: passed on to the caller.
    default::set(unsafe { Property::from_raw(prop) }, Value::Bool(value));
}

/// Gives a property a default, a signed number. New objects of the class that has the
/// property start with it: it is set before their `instance_init`, and must be
/// acceptable. Aborts if the property has a default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_default_int(prop: *mut ObjectProperty, value: i64) {
    // SAFETY: passed on to the caller.
    default::set(unsafe { Property::from_raw(prop) }, Value::Int(value));
}

/// Gives a property a default, a unsigned number. New objects of the class that has the
/// property start with it: it is set before their `instance_init`, and must be
/// acceptable. Aborts if the property has a default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_default_uint(prop: *mut ObjectProperty, value: u64) {
    // SAFETY: passed on to the caller.
    default::set(unsafe { Property::from_raw(prop) }, Value::Uint(value));
}

/// Gives a property a default, a string; see `object_property_set_default_bool()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_default_str(
    prop: *mut ObjectProperty,
    value: *const c_char,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let text = string(value, "object_property_set_default_str");
        default::set(Property::from_raw(prop), Value::string(text));
    }
}

/// Starts a walk over the properties of an object: its own, then those of its class
/// and the ancestors, each once. No property may be added or removed meanwhile.
///
/// @param iter memory for the walk, of the caller; needs no clean-up
/// @param obj an object
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_iter_init(
    iter: *mut ObjectPropertyIterator,
    obj: *mut Object,
) {
    // SAFETY: passed on to the caller.
    unsafe { iterator::over_object(iter, obj) };
}

/// Starts a walk over the properties of a class and its ancestors; see
/// `object_property_iter_init()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_iter_init(
    iter: *mut ObjectPropertyIterator,
    klass: *mut ObjectClass,
) {
    // SAFETY: passed on to the caller.
    unsafe { iterator::over_class(iter, klass) };
}

/// Goes on with a walk.
///
/// @return the next property, in no particular order within an object or class;
///     NULL at the end
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_iter_next(
    iter: *mut ObjectPropertyIterator,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe { iterator::next(iter) }
}
