//! Functions of `authz/pamacct.h`.

use std::ffi::c_char;

use super::new_object;
use crate::abi::authz::pamacct::QAuthZPAM;
use crate::abi::qemu::typedefs::Error;
use crate::capi::qom::arguments::{optional_string, string};
use crate::runtime::object::property::value::Value;

/// Creates an object that asks PAM's account management whether a user may enter.
/// Asking it blocks for as long as the modules of the service need.
///
/// The function is always there; a library that was built without PAM has no such
/// type, and says so.
///
/// @param id its id
/// @param service the name of the PAM service, as below /etc/pam.d
/// @param errp set if the id is taken or malformed, or there is no PAM
/// @return the object, which the root of user-created objects owns; NULL with
///     `errp` set
///
/// # Safety
///
/// `id` is NULL or a C string; `service` is a C string; `errp` is NULL or a place
/// for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_pam_new(
    id: *const c_char,
    service: *const c_char,
    errp: *mut *mut Error,
) -> *mut QAuthZPAM {
    // SAFETY: the caller passes C strings; `errp` follows the API's contract.
    unsafe {
        let service = Value::string(string(service, "qauthz_pam_new"));
        let settings = [(c"service", service)];
        new_object(optional_string(id), &settings, errp, c"qauthz_pam_new")
    }
}
