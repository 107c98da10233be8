//! Functions of `authz/base.h`.

use std::ffi::c_char;

use crate::abi::authz::base::QAuthZ;
use crate::abi::qemu::typedefs::Error;
use crate::capi::qom::arguments::{report, string};
use crate::runtime::authz;

/// Whether an identity may enter.
///
/// @param authz the object that decides
/// @param identity the identity; what it looks like depends on who asks
/// @param errp set if that cannot be decided
/// @return the verdict; false as well with `errp` set
///
/// # Safety
///
/// `authz` is alive; `identity` is a C string; `errp` is NULL or a place for an
/// error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_is_allowed(
    authz: *mut QAuthZ,
    identity: *const c_char,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: the caller passes a live object and a C string; `errp` follows the
    // API's contract.
    unsafe {
        let verdict = authz::is_allowed(authz, string(identity, "qauthz_is_allowed"));
        report(verdict, errp, c"qauthz_is_allowed").unwrap_or(false)
    }
}

/// Whether an identity may enter, by the id of the object that decides.
///
/// @param authzid the id of the object
/// @param identity the identity
/// @param errp set if there is no such object, or if that cannot be decided
/// @return the verdict; false as well with `errp` set
///
/// # Safety
///
/// `authzid` is a C string; `identity` is a C string; `errp` is NULL or a place for
/// an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_is_allowed_by_id(
    authzid: *const c_char,
    identity: *const c_char,
    errp: *mut *mut Error,
) -> bool {
    const FUNCTION: &str = "qauthz_is_allowed_by_id";
    // SAFETY: the caller passes C strings; `errp` follows the API's contract.
    unsafe {
        let verdict =
            authz::is_allowed_by_id(string(authzid, FUNCTION), string(identity, FUNCTION));
        report(verdict, errp, c"qauthz_is_allowed_by_id").unwrap_or(false)
    }
}
