//! Functions of `authz/simple.h`.

use std::ffi::c_char;

use super::new_object;
use crate::abi::authz::simple::QAuthZSimple;
use crate::abi::qemu::typedefs::Error;
use crate::capi::qom::arguments::{optional_string, string};
use crate::runtime::object::property::value::Value;

/// Creates an object that lets one identity enter.
///
/// @param id its id
/// @param identity the identity
/// @param errp set if the id is taken or malformed
/// @return the object, which the root of user-created objects owns; NULL with
///     `errp` set
///
/// # Safety
///
/// `id` is NULL or a C string; `identity` is a C string; `errp` is NULL or a place
/// for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_simple_new(
    id: *const c_char,
    identity: *const c_char,
    errp: *mut *mut Error,
) -> *mut QAuthZSimple {
    // SAFETY: the caller passes C strings; `errp` follows the API's contract.
    unsafe {
        let identity = Value::string(string(identity, "qauthz_simple_new"));
        let settings = [(c"identity", identity)];
        new_object(optional_string(id), &settings, errp, c"qauthz_simple_new")
    }
}
