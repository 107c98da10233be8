//! Functions of `qom/object.h` that add properties which lead to other objects.

use std::ffi::{CStr, CString, c_char};

use glib_sys::g_strdup;

use super::property::{add, add_to_class, kind};
use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::{Object, ObjectClass, ObjectProperty, ObjectPropertyLinkFlags};
use crate::abi::values::ObjectPropertyLinkFlagsValue;
use crate::capi::qom::arguments::{report, string};
use crate::runtime::object::failure;
use crate::runtime::object::property::alias::{self, Alias};
use crate::runtime::object::property::link::{self, Link, Target};
use crate::runtime::object::property::{Behaviour, child};

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
///
/// # Safety
///
/// `obj` is a live object; `name` and `type` are C strings; `targetp` is a variable
/// that outlives the property; the functions can be called with such arguments.
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
///
/// # Safety
///
/// `oc` is a live class; `name` and `type` are C strings; the functions can be called
/// with such arguments.
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
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `child` is NULL or a live object;
/// `errp` is NULL, `&error_abort`, `&error_fatal` or points to NULL.
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
///
/// # Safety
///
/// `obj` and `target` are live objects; `name` is a C string.
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
        let target_type = CStr::from_ptr(crate::capi::qom::object::object_get_typename(target));
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
///
/// # Safety
///
/// `obj` and `target_obj` are live objects; `name` and `target_name` are C strings.
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
///
/// # Safety
///
/// `obj` and `child` are live objects; `name` is a C string.
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
///
/// # Safety
///
/// `obj` and `child` are live objects; `name` is a C string; `errp` is NULL,
/// `&error_abort`, `&error_fatal` or points to NULL.
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
