//! Functions of `qom/object_interfaces.h`.

use std::ffi::c_char;

use crate::abi::qemu::typedefs::{Error, QDict, Visitor};
use crate::abi::qom::object::Object;
use crate::abi::qom::object_interfaces::UserCreatable;
use crate::capi::qom::arguments::{optional_string, report, string};
use crate::runtime::error::destination::error_fatal;
use crate::runtime::object::creation::Settings;
use crate::runtime::object::options::{self, Outcome};
use crate::runtime::object::user_creatable;

/// Runs the `complete` method of an object, if its class has one.
///
/// @param uc an object that implements the interface
/// @param errp set if the method fails
/// @return false with `errp` set on failure
///
/// # Safety
///
/// `uc` is a live object of such a type; `errp` is NULL, `&error_abort`,
/// `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn user_creatable_complete(
    uc: *mut UserCreatable,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let done = user_creatable::complete_if_any(uc.cast::<Object>());
        report(done, errp, c"user_creatable_complete").is_some()
    }
}

/// Whether an object may be deleted now.
///
/// @param uc an object that implements the interface
/// @return what its class says; true if that says nothing
///
/// # Safety
///
/// `uc` is a live object of such a type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn user_creatable_can_be_deleted(uc: *mut UserCreatable) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { user_creatable::can_be_deleted(uc.cast::<Object>()) }
}

/// Creates an object, puts it under "/objects" and completes it.
///
/// @param type name of a type that implements the interface
/// @param id name below "/objects"; NULL leaves the object out of the tree
/// @param qdict must be NULL: the library makes no dictionaries, so there is none to
///     pass. Set properties with `object_new_with_props()` or
///     `user_creatable_add_from_str()`
/// @param v unused
/// @param errp set on failure
/// @return the object, with a reference that the caller owns; NULL with `errp` set on
///     failure
///
/// # Safety
///
/// `type` is a C string; `id` is NULL or a C string; `v` came from the library;
/// `errp` is NULL, `&error_abort`, `&error_fatal` or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn user_creatable_add_type(
    r#type: *const c_char,
    id: *const c_char,
    qdict: *const QDict,
    v: *mut Visitor,
    errp: *mut *mut Error,
) -> *mut Object {
    const FUNCTION: &str = "user_creatable_add_type";
    let _ = v;
    ensure!(qdict.is_null(), "{FUNCTION}: dictionaries are not supported");
    // SAFETY: passed on to the caller.
    unsafe {
        let type_name = string(r#type, FUNCTION);
        let object = user_creatable::add(type_name, optional_string(id), &Settings::new());
        report(object, errp, c"user_creatable_add_type").unwrap_or(std::ptr::null_mut())
    }
}

/// Creates an object under "/objects" from text: `TYPE,id=ID,name=value,...`, where
/// `,,` stands for a comma in a value, or a JSON object with the members `qom-type`
/// and `id`.
///
/// `help` or `?` prints the types, and `TYPE,help` the properties of a type.
///
/// @param str the text
/// @param errp set on failure
/// @return whether an object was created; false without an error after help
///
/// # Safety
///
/// `str` is a C string; `errp` is NULL, `&error_abort`, `&error_fatal` or points to
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn user_creatable_add_from_str(
    str: *const c_char,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let outcome = options::add(string(str, "user_creatable_add_from_str"));
        let outcome = report(outcome, errp, c"user_creatable_add_from_str");
        matches!(outcome, Some(Outcome::Created))
    }
}

/// Same as `user_creatable_add_from_str()` for a command line: a failure is reported
/// and ends the process with status 1, help ends it with status 0.
///
/// @param cmdline the text
///
/// # Safety
///
/// `cmdline` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn user_creatable_process_cmdline(cmdline: *const c_char) {
    // SAFETY: passed on to the caller; an error ends the process here.
    unsafe {
        let errp = (&raw const error_fatal).cast_mut().cast();
        if !user_creatable_add_from_str(cmdline, errp) {
            libc::exit(libc::EXIT_SUCCESS);
        }
    }
}

/// Deletes an object below "/objects".
///
/// @param id its name there
/// @param errp set if there is none, or it may not be deleted now
/// @return false with `errp` set on failure
///
/// # Safety
///
/// `id` is NULL or a C string; `errp` is NULL, `&error_abort`, `&error_fatal` or
/// points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn user_creatable_del(id: *const c_char, errp: *mut *mut Error) -> bool {
    // SAFETY: passed on to the caller.
    unsafe {
        let deleted = user_creatable::delete(string(id, "user_creatable_del"));
        report(deleted, errp, c"user_creatable_del").is_some()
    }
}

/// Deletes everything below "/objects". Anything that is still used elsewhere lives
/// on until its last reference is dropped.
#[unsafe(no_mangle)]
pub extern "C" fn user_creatable_cleanup() {
    user_creatable::delete_all();
}
