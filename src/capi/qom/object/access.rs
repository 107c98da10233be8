//! Functions of `qom/object.h` that read and write properties.

use std::ffi::{CStr, c_char, c_int};

use glib_sys::g_strdup;

use crate::abi::qemu::typedefs::{Error, Visitor};
use crate::abi::qom::object::{Object, ObjectClass, ObjectProperty};
use crate::capi::qom::arguments::{report, string};
use crate::runtime::object::path;
use crate::runtime::object::property::value::Value;
use crate::runtime::object::property::{access, table};

/// Finds a property.
///
/// @param obj an object
/// @param name name of the property
/// @return the property of the object or of its class; NULL if there is none
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_find(
    obj: *mut Object,
    name: *const c_char,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe { table::find(obj, string(name, "object_property_find")) }
        .map_or(std::ptr::null_mut(), |property| property.as_raw())
}

/// Same as `object_property_find()`; sets `errp` if there is none.
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_find_err(
    obj: *mut Object,
    name: *const c_char,
    errp: *mut *mut Error,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        let found = access::find(obj, string(name, "object_property_find_err"));
        report(found, errp, c"object_property_find_err")
            .map_or(std::ptr::null_mut(), |property| property.as_raw())
    }
}

/// Finds a property of a class or an ancestor.
///
/// @return the property; NULL if there is none
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_find(
    klass: *mut ObjectClass,
    name: *const c_char,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe { table::find_in_class(klass, string(name, "object_class_property_find")) }
        .map_or(std::ptr::null_mut(), |property| property.as_raw())
}

/// Same as `object_class_property_find()`; sets `errp` if there is none.
///
/// # Safety
///
/// `klass` is a live class; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_property_find_err(
    klass: *mut ObjectClass,
    name: *const c_char,
    errp: *mut *mut Error,
) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    unsafe {
        let found = access::find_in_class(klass, string(name, "object_class_property_find_err"));
        report(found, errp, c"object_class_property_find_err")
            .map_or(std::ptr::null_mut(), |property| property.as_raw())
    }
}

/// Reads a property into a visitor, which an accessor was given.
///
/// @return false with `errp` set if there is no such property, it cannot be read, or
///     its accessor failed
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `v` came from the library; `errp` is
/// NULL, `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get(
    obj: *mut Object,
    name: *const c_char,
    v: *mut Visitor,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = access::get_with(obj, string(name, "object_property_get"), v);
        report(result, errp, c"object_property_get").is_some()
    }
}

/// Writes a property from a visitor, which an accessor was given.
///
/// @return false with `errp` set if there is no such property, it cannot be written,
///     or its accessor failed
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `v` came from the library; `errp` is
/// NULL, `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set(
    obj: *mut Object,
    name: *const c_char,
    v: *mut Visitor,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = access::set_with(obj, string(name, "object_property_set"), v);
        report(result, errp, c"object_property_set").is_some()
    }
}

/// Sets a property from text.
///
/// A boolean is `on`, `yes`, `true`, `y` or `off`, `no`, `false`, `n`; a number is
/// decimal, octal or hexadecimal as in C; a string is taken as it is; an enum is one
/// of its names; a link is a path.
///
/// @param obj an object
/// @param name name of the property
/// @param value the text
/// @param errp set on failure
/// @return false with `errp` set on failure
///
/// # Safety
///
/// `obj` is a live object; `name` and `value` are C strings; `errp` is NULL,
/// `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_parse(
    obj: *mut Object,
    name: *const c_char,
    value: *const c_char,
    errp: *mut *mut Error,
) -> bool {
    const FUNCTION: &str = "object_property_parse";
    // SAFETY: passed on to the caller.
    unsafe {
        let result = access::parse(obj, string(name, FUNCTION), string(value, FUNCTION));
        report(result, errp, c"object_property_parse").is_some()
    }
}

/// The value of a property as text.
///
/// @param obj an object
/// @param name name of the property
/// @param human adds quotes to strings and a hexadecimal form to numbers
/// @param errp set on failure
/// @return the text, to be freed with `g_free()`; NULL with `errp` set on failure
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_print(
    obj: *mut Object,
    name: *const c_char,
    human: bool,
    errp: *mut *mut Error,
) -> *mut c_char {
    // SAFETY: passed on to the caller.
    unsafe {
        let value = access::get(obj, string(name, "object_property_print"));
        report(value, errp, c"object_property_print")
            .map_or(std::ptr::null_mut(), |value| g_strdup(value.print(human).as_ptr()))
    }
}

/// The name of a property's type.
///
/// @return the name, owned by the property; NULL with `errp` set if there is none
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get_type(
    obj: *mut Object,
    name: *const c_char,
    errp: *mut *mut Error,
) -> *const c_char {
    // SAFETY: passed on to the caller.
    unsafe {
        let found = access::find(obj, string(name, "object_property_get_type"));
        report(found, errp, c"object_property_get_type")
            .map_or(std::ptr::null(), |property| property.type_name().as_ptr())
    }
}

/// Sets a property to a boolean; nothing is converted.
///
/// @return false with `errp` set if there is no such property or it does not take
///     the value
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_bool(
    obj: *mut Object,
    name: *const c_char,
    value: bool,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_set_bool");
        let result = access::set(obj, name, &Value::Bool(value));
        report(result, errp, c"object_property_set_bool").is_some()
    }
}

/// The value of a property that is a boolean.
///
/// @return the value; false with `errp` set on failure
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get_bool(
    obj: *mut Object,
    name: *const c_char,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_get_bool");
        let value = access::get(obj, name).and_then(|value| value.to_bool(name));
        report(value, errp, c"object_property_get_bool").unwrap_or_default()
    }
}

/// Sets a property to a signed number; nothing is converted.
///
/// @return false with `errp` set if there is no such property or it does not take
///     the value
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_int(
    obj: *mut Object,
    name: *const c_char,
    value: i64,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_set_int");
        let result = access::set(obj, name, &Value::Int(value));
        report(result, errp, c"object_property_set_int").is_some()
    }
}

/// The value of a property that is a signed number.
///
/// @return the value; -1 with `errp` set on failure
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get_int(
    obj: *mut Object,
    name: *const c_char,
    errp: *mut *mut Error,
) -> i64 {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_get_int");
        let value = access::get(obj, name).and_then(|value| value.to_int(name));
        report(value, errp, c"object_property_get_int").unwrap_or(-1)
    }
}

/// Sets a property to an unsigned number; nothing is converted.
///
/// @return false with `errp` set if there is no such property or it does not take
///     the value
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_uint(
    obj: *mut Object,
    name: *const c_char,
    value: u64,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_set_uint");
        let result = access::set(obj, name, &Value::Uint(value));
        report(result, errp, c"object_property_set_uint").is_some()
    }
}

/// The value of a property that is an unsigned number.
///
/// @return the value; 0 with `errp` set on failure
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get_uint(
    obj: *mut Object,
    name: *const c_char,
    errp: *mut *mut Error,
) -> u64 {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_get_uint");
        let value = access::get_uint(obj, name);
        report(value, errp, c"object_property_get_uint").unwrap_or_default()
    }
}

/// Sets a property to a string: the value of a string, the name of an enum's value,
/// or the path of a link's target. Nothing is converted.
///
/// @return false with `errp` set if there is no such property or it does not take
///     the value
///
/// # Safety
///
/// `obj` is a live object; `name` and `value` are C strings; `errp` is NULL,
/// `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_str(
    obj: *mut Object,
    name: *const c_char,
    value: *const c_char,
    errp: *mut *mut Error,
) -> bool {
    const FUNCTION: &str = "object_property_set_str";
    // SAFETY: passed on to the caller.
    unsafe {
        let value = Value::string(string(value, FUNCTION));
        let result = access::set(obj, string(name, FUNCTION), &value);
        report(result, errp, c"object_property_set_str").is_some()
    }
}

/// The value of a property that is a string.
///
/// @return the string, to be freed with `g_free()`, "" for NULL; NULL with `errp` set
///     on failure
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get_str(
    obj: *mut Object,
    name: *const c_char,
    errp: *mut *mut Error,
) -> *mut c_char {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_get_str");
        let text = access::get(obj, name)
            .and_then(|value| value.to_str(name).map(|text| g_strdup(text.as_ptr())));
        report(text, errp, c"object_property_get_str").unwrap_or(std::ptr::null_mut())
    }
}

/// The value of an enum property.
///
/// @param obj an object
/// @param name name of the property
/// @param type_name the type it must have
/// @param errp set on failure
/// @return the index of the value; -1 with `errp` set on failure
///
/// # Safety
///
/// `obj` is a live object; `name` and `type_name` are C strings; `errp` is NULL,
/// `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get_enum(
    obj: *mut Object,
    name: *const c_char,
    type_name: *const c_char,
    errp: *mut *mut Error,
) -> c_int {
    const FUNCTION: &str = "object_property_get_enum";
    // SAFETY: passed on to the caller.
    unsafe {
        let index = access::get_enum(obj, string(name, FUNCTION), string(type_name, FUNCTION));
        report(index, errp, c"object_property_get_enum").unwrap_or(-1)
    }
}

/// Makes a link lead to an object, by its path: an object that is in no tree is
/// stored as NULL.
///
/// @param obj an object
/// @param name name of the link
/// @param value the target, or NULL
/// @param errp set on failure
/// @return false with `errp` set on failure
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `value` is NULL or a live object;
/// `errp` is NULL, `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_set_link(
    obj: *mut Object,
    name: *const c_char,
    value: *mut Object,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let path = if value.is_null() { None } else { path::canonical(value) };
        let value = Value::Str(Some(path.unwrap_or_default()));
        let result = access::set(obj, string(name, "object_property_set_link"), &value);
        report(result, errp, c"object_property_set_link").is_some()
    }
}

/// The object that a link leads to, by its path.
///
/// @param obj an object
/// @param name name of the link
/// @param errp set on failure; its class is `ERROR_CLASS_DEVICE_NOT_FOUND` if the path
///     leads nowhere
/// @return the target, without a reference; NULL for none, or with `errp` set on
///     failure
///
/// # Safety
///
/// `obj` is a live object; `name` is a C string; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_property_get_link(
    obj: *mut Object,
    name: *const c_char,
    errp: *mut *mut Error,
) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = string(name, "object_property_get_link");
        let target = access::get(obj, name).and_then(|value| {
            let path: &CStr = value.to_str(name)?;
            match path.is_empty() {
                true => Ok(std::ptr::null_mut()),
                false => path::must_resolve(path),
            }
        });
        report(target, errp, c"object_property_get_link").unwrap_or(std::ptr::null_mut())
    }
}
