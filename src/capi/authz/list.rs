//! Functions of `authz/list.h`. A list must not be edited while somebody asks it.

use std::ffi::c_char;

use super::new_object;
use crate::abi::authz::list::QAuthZList;
use crate::abi::qemu::typedefs::Error;
use crate::abi::values::{QAuthZListFormatValue, QAuthZListPolicyValue};
use crate::capi::qom::arguments::{optional_string, string};

/// Creates an empty list of rules.
///
/// @param id its id
/// @param policy what is decided when no rule matches
/// @param errp set if the id is taken or malformed
/// @return the object, which the root of user-created objects owns; NULL with
///     `errp` set
///
/// # Safety
///
/// `id` is NULL or a C string; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_list_new(
    id: *const c_char,
    policy: QAuthZListPolicyValue,
    errp: *mut *mut Error,
) -> *mut QAuthZList {
    // SAFETY: the caller passes a C string; `errp` follows the API's contract, and
    // what it returned is a live object or NULL.
    unsafe {
        let list: *mut QAuthZList = new_object(optional_string(id), &[], errp, c"qauthz_list_new");
        if let Some(list) = list.as_ref() {
            list.policy.set(policy);
        }
        list
    }
}

/// Adds a rule at the end.
///
/// @param auth the list
/// @param match what the identity is compared with
/// @param policy what is decided if it matches
/// @param format how it is compared
/// @param errp not set
/// @return the index of the rule
///
/// # Safety
///
/// `auth` is alive; `match` is a C string; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_list_append_rule(
    auth: *mut QAuthZList,
    r#match: *const c_char,
    policy: QAuthZListPolicyValue,
    format: QAuthZListFormatValue,
    errp: *mut *mut Error,
) -> isize {
    // It cannot fail.
    let _ = errp;
    // SAFETY: the caller passes a live list and a C string.
    unsafe {
        let pattern = string(r#match, "qauthz_list_append_rule");
        (*auth).insert(usize::MAX, pattern, policy, format) as isize
    }
}

/// Adds a rule.
///
/// @param auth the list
/// @param match what the identity is compared with
/// @param policy what is decided if it matches
/// @param format how it is compared
/// @param index where to add it; past the end means at the end
/// @param errp not set
/// @return the index of the rule
///
/// # Safety
///
/// `auth` is alive; `match` is a C string; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_list_insert_rule(
    auth: *mut QAuthZList,
    r#match: *const c_char,
    policy: QAuthZListPolicyValue,
    format: QAuthZListFormatValue,
    index: usize,
    errp: *mut *mut Error,
) -> isize {
    // It cannot fail.
    let _ = errp;
    // SAFETY: the caller passes a live list and a C string.
    unsafe {
        let pattern = string(r#match, "qauthz_list_insert_rule");
        (*auth).insert(index, pattern, policy, format) as isize
    }
}

/// Removes the first rule with a text, whatever its format.
///
/// @param auth the list
/// @param match the text
/// @return the index that the rule had; -1 if there is none
///
/// # Safety
///
/// `auth` is alive; `match` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qauthz_list_delete_rule(
    auth: *mut QAuthZList,
    r#match: *const c_char,
) -> isize {
    // SAFETY: the caller passes a live list and a C string.
    unsafe {
        let pattern = string(r#match, "qauthz_list_delete_rule");
        (*auth).delete(pattern).map_or(-1, |index| index as isize)
    }
}
