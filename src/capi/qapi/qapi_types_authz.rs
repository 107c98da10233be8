//! Tables and functions of `qapi/qapi-types-authz.h`.

use super::tables::Names;
use crate::abi::qapi::qapi_types_authz::{QAuthZListRule, QAuthZListRuleList};
use crate::abi::qapi::util::QEnumLookup;
use crate::runtime::authz;

static POLICIES: Names<2> = Names([c"deny".as_ptr(), c"allow".as_ptr()]);
static FORMATS: Names<2> = Names([c"exact".as_ptr(), c"glob".as_ptr()]);

/// The names of the values.
#[unsafe(no_mangle)]
pub static QAuthZListPolicy_lookup: QEnumLookup = POLICIES.table();

/// The names of the values.
#[unsafe(no_mangle)]
pub static QAuthZListFormat_lookup: QEnumLookup = FORMATS.table();

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
