//! Functions of `qom/object.h` that describe properties, give them defaults and list
//! them.

use std::ffi::c_char;

use glib_sys::{g_free, g_strdup};

use crate::abi::qom::object::{Object, ObjectClass, ObjectProperty, ObjectPropertyIterator};
use crate::capi::qom::arguments::string;
use crate::runtime::object::failure;
use crate::runtime::object::property::value::Value;
use crate::runtime::object::property::{Property, access, default, iterator, table};
use crate::runtime::text::shown;

/// Describes a property, for users. Aborts if the object has none of that name.
///
/// @param obj an object
/// @param name name of the property
/// @param description the text; copied
///
/// # Safety
///
/// `obj` is a live object; `name` and `description` are C strings.
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
///
/// # Safety
///
/// `klass` is a live class; `name` and `description` are C strings.
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
///
/// # Safety
///
/// `prop` is a live property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_default_bool(prop: *mut ObjectProperty, value: bool) {
    // SAFETY: passed on to the caller.
    default::set(unsafe { Property::from_raw(prop) }, Value::Bool(value));
}

/// Gives a property a default, a signed number. New objects of the class that has the
/// property start with it: it is set before their `instance_init`, and must be
/// acceptable. Aborts if the property has a default.
///
/// # Safety
///
/// `prop` is a live property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_default_int(prop: *mut ObjectProperty, value: i64) {
    // SAFETY: passed on to the caller.
    default::set(unsafe { Property::from_raw(prop) }, Value::Int(value));
}

/// Gives a property a default, a unsigned number. New objects of the class that has the
/// property start with it: it is set before their `instance_init`, and must be
/// acceptable. Aborts if the property has a default.
///
/// # Safety
///
/// `prop` is a live property.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_default_uint(prop: *mut ObjectProperty, value: u64) {
    // SAFETY: passed on to the caller.
    default::set(unsafe { Property::from_raw(prop) }, Value::Uint(value));
}

/// Gives a property a default, a string; see `object_property_set_default_bool()`.
///
/// # Safety
///
/// `prop` is a live property; `value` is a C string.
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
///
/// # Safety
///
/// `iter` is writable; `obj` is a live object.
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
///
/// # Safety
///
/// `iter` is writable; `klass` is a live class.
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
///
/// # Safety
///
/// `iter` was started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_iter_next(
    iter: *mut ObjectPropertyIterator,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe { iterator::next(iter) }
}
