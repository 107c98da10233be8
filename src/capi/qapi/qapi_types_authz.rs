//! Tables and functions of `qapi/qapi-types-authz.h`.

use crate::abi::qapi::qapi_types_authz::{QAuthZListRule, QAuthZListRuleList};
use crate::abi::qapi::util::QEnumLookup;
use crate::runtime::authz;
use crate::runtime::qapi::enums;

/// The names of the values.
#[unsafe(no_mangle)]
pub static QAuthZListPolicy_lookup: QEnumLookup = enums::AUTHZ_LIST_POLICY;

/// The names of the values.
#[unsafe(no_mangle)]
pub static QAuthZListFormat_lookup: QEnumLookup = enums::AUTHZ_LIST_FORMAT;

/// Frees a rule.
///
/// @param obj the rule, or NULL
///
/// # Safety
///
/// `obj` is NULL, or of GLib's allocator and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_QAuthZListRule(obj: *mut QAuthZListRule) {
    // SAFETY: passed on to the caller.
    unsafe { authz::free_rule(obj) };
}

/// Frees a list and its rules.
///
/// @param obj the list, or NULL
///
/// # Safety
///
/// `obj` is NULL, or of GLib's allocator and not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qapi_free_QAuthZListRuleList(obj: *mut QAuthZListRuleList) {
    // SAFETY: passed on to the caller.
    unsafe { authz::free_rules(obj) };
}
