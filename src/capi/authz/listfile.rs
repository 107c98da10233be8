//! Functions of `authz/listfile.h`.

use std::ffi::c_char;

use super::new_object;
use crate::abi::authz::listfile::QAuthZListFile;
use crate::abi::qemu::typedefs::Error;
use crate::capi::qom::arguments::{optional_string, string};
use crate::runtime::object::property::value::Value;

/// Creates an object that goes through the rules in a file: a JSON object with the
/// members `policy` and `rules`, as `authz-list` has properties.
///
/// @param id its id
/// @param filename the path of the file; absolute if `refresh` is true
/// @param refresh whether to load the file again when it changes. The global
///     default main context must be run for that
/// @param errp set if the file cannot be loaded
/// @return the object, which the root of user-created objects owns; NULL with
///     `errp` set
///
/// # Safety
///
/// `id` is NULL or a C string; `filename` is a C string; `errp` is NULL or a place
/// for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_list_file_new(
    id: *const c_char,
    filename: *const c_char,
    refresh: bool,
    errp: *mut *mut Error,
) -> *mut QAuthZListFile {
    // SAFETY: the caller passes C strings; `errp` follows the API's contract.
    unsafe {
        let filename = Value::string(string(filename, "qauthz_list_file_new"));
        let settings = [(c"filename", filename), (c"refresh", Value::Bool(refresh))];
        new_object(optional_string(id), &settings, errp, c"qauthz_list_file_new")
    }
}
