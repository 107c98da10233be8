//! Functions of `qom/object.h` that create objects with properties. The variadic ones
//! among them are C (`runtime/object_variadic.c`): they collect their arguments and
//! call the functions `qiochannel_…` here.

use std::ffi::{CStr, c_char, c_void};

use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::Object;
use crate::capi::qom::arguments::{optional_string, report, string};
use crate::runtime::object::creation::{self, Settings};
use crate::runtime::object::property::value::Value;
use crate::runtime::object::{failure, types};

/// The settings that C collected from variable arguments: names and values.
///
/// # Safety
///
/// `pairs` are `count` times two strings.
unsafe fn settings(pairs: *const *const c_char, count: usize, function: &str) -> Settings {
    let pair = |index: usize| {
        // SAFETY: passed on to the caller.
        unsafe {
            let (name, value) = (*pairs.add(2 * index), *pairs.add(2 * index + 1));
            ensure!(!value.is_null(), "{function}: the value of a property is NULL");
            (string(name, function).to_owned(), Value::Text(CStr::from_ptr(value).to_owned()))
        }
    };
    (0..count).map(pair).collect()
}

/// `object_set_propv()` behind its variable arguments.
///
/// cbindgen:ignore
///
/// # Safety
///
/// `obj` is a live object; `pairs` holds `count` pairs of C strings, the values of
/// which may be NULL; `errp` is NULL, `&error_abort`, `&error_fatal` or points to
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qiochannel_object_set_props(
    obj: *mut Object,
    errp: *mut *mut Error,
    pairs: *const *const c_char,
    count: usize,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let settings = settings(pairs, count, "object_set_props");
        report(creation::apply(obj, &settings), errp, c"object_set_props").is_some()
    }
}

/// `object_new_with_propv()` behind its variable arguments.
///
/// cbindgen:ignore
///
/// # Safety
///
/// `type_name` is a C string; `parent` is NULL or a live object; `id` is NULL or a C
/// string; `pairs` holds `count` pairs of C strings, the values of which may be NULL;
/// `errp` is NULL, `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qiochannel_object_new_with_props(
    type_name: *const c_char,
    parent: *mut Object,
    id: *const c_char,
    errp: *mut *mut Error,
    pairs: *const *const c_char,
    count: usize,
) -> *mut Object {
    const FUNCTION: &str = "object_new_with_props";
    // SAFETY: passed on to the caller.
    unsafe {
        let settings = settings(pairs, count, FUNCTION);
        let id = optional_string(id);
        let object =
            creation::new_with_properties(string(type_name, FUNCTION), parent, id, &settings);
        report(object, errp, c"object_new_with_props").unwrap_or(std::ptr::null_mut())
    }
}

/// `object_initialize_child_with_propsv()` behind its variable arguments.
///
/// cbindgen:ignore
///
/// # Safety
///
/// `parent` is a live object; `name` and `type_name` are C strings; `memory` is
/// writable for `size` bytes, aligned for the type and not in use; `pairs` holds
/// `count` pairs of C strings, the values of which may be NULL; `errp` is NULL,
/// `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qiochannel_object_initialize_child(
    parent: *mut Object,
    name: *const c_char,
    memory: *mut c_void,
    size: usize,
    type_name: *const c_char,
    errp: *mut *mut Error,
    pairs: *const *const c_char,
    count: usize,
) -> bool {
    const FUNCTION: &str = "object_initialize_child_with_props";
    // SAFETY: passed on to the caller.
    unsafe {
        let settings = settings(pairs, count, FUNCTION);
        let node = types::find_known(type_name, FUNCTION);
        let name = string(name, FUNCTION);
        let done = creation::initialise_child(parent, name, memory, size, node, &settings);
        report(done, errp, c"object_initialize_child_with_props").is_some()
    }
}

/// What `object_initialize_child()` calls; see there. Aborts on failure.
///
/// @param parent the parent
/// @param propname name of the child
/// @param child memory for the child
/// @param size how many bytes there are
/// @param type name of the child's type
///
/// # Safety
///
/// `parent` is a live object; `propname` and `type` are C strings; `child` is
/// writable for `size` bytes, aligned for the type and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_initialize_child_internal(
    parent: *mut Object,
    propname: *const c_char,
    child: *mut c_void,
    size: usize,
    r#type: *const c_char,
) {
    const FUNCTION: &str = "object_initialize_child";
    // SAFETY: passed on to the caller.
    unsafe {
        let node = types::find_known(r#type, FUNCTION);
        let name = string(propname, FUNCTION);
        let none = Settings::new();
        if let Err(error) = creation::initialise_child(parent, name, child, size, node, &none) {
            failure::abort_with(error, c"object_initialize_child");
        }
    }
}
