//! Lists of rules, as C knows them: nodes and strings of GLib's allocator.

use std::ffi::{CStr, CString, c_uint};
use std::ptr::null_mut;

use glib_sys::{g_free, g_malloc0, g_pattern_match_simple, g_strdup};
use serde::Deserialize;

use crate::abi::qapi::qapi_types_authz::{
    QAuthZListFormat, QAuthZListPolicy, QAuthZListRule, QAuthZListRuleList,
};
use crate::abi::values::{QAuthZListFormatValue, QAuthZListPolicyValue};

/// What a rule decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RulePolicy {
    /// The identity may not enter.
    #[default]
    Deny,
    /// It may.
    Allow,
}

impl RulePolicy {
    /// The number that C knows the policy by.
    pub(crate) fn value(self) -> QAuthZListPolicyValue {
        match self {
            Self::Deny => QAuthZListPolicy::QAUTHZ_LIST_POLICY_DENY as c_uint,
            Self::Allow => QAuthZListPolicy::QAUTHZ_LIST_POLICY_ALLOW as c_uint,
        }
    }
}

/// How a rule is compared with an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RuleFormat {
    /// They must be equal.
    Exact,
    /// The rule is a pattern.
    Glob,
}

impl RuleFormat {
    /// The number that C knows the format by.
    fn value(self) -> QAuthZListFormatValue {
        match self {
            Self::Exact => QAuthZListFormat::QAUTHZ_LIST_FORMAT_EXACT as c_uint,
            Self::Glob => QAuthZListFormat::QAUTHZ_LIST_FORMAT_GLOB as c_uint,
        }
    }
}

/// A rule that does not belong to a list yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(rename = "match")]
    pub(crate) pattern: CString,
    pub(crate) policy: RulePolicy,
    pub(crate) format: Option<RuleFormat>,
}

/// Allocates zeroed memory for a C struct.
fn allocate<T>() -> *mut T {
    // SAFETY: GLib returns zeroed memory or ends the process.
    unsafe { g_malloc0(size_of::<T>()) }.cast()
}

/// A node of a C list.
///
/// The numbers are kept as they are: a policy or format that is none decides, or
/// matches, nothing.
pub(super) fn node(
    pattern: &CStr,
    policy: QAuthZListPolicyValue,
    format: Option<QAuthZListFormatValue>,
) -> *mut QAuthZListRuleList {
    let rule = allocate::<QAuthZListRule>();
    let node = allocate::<QAuthZListRuleList>();
    // SAFETY: both are fresh and zeroed.
    unsafe {
        (*rule).r#match = g_strdup(pattern.as_ptr());
        (*rule).policy = policy;
        (*rule).has_format = format.is_some().into();
        (*rule).format = format.unwrap_or_default();
        (*node).value = rule;
    }
    node
}

impl Rule {
    /// The rule as a node of a C list.
    pub(super) fn to_node(&self) -> *mut QAuthZListRuleList {
        node(&self.pattern, self.policy.value(), self.format.map(RuleFormat::value))
    }
}

/// Whether `identity` is what `rule` is about.
pub(super) fn matches(rule: &QAuthZListRule, identity: &CStr) -> bool {
    const EXACT: c_uint = QAuthZListFormat::QAUTHZ_LIST_FORMAT_EXACT as c_uint;
    const GLOB: c_uint = QAuthZListFormat::QAUTHZ_LIST_FORMAT_GLOB as c_uint;
    if rule.r#match.is_null() {
        return false;
    }
    match if rule.has_format == 0 { EXACT } else { rule.format } {
        // SAFETY: the rule's text is a C string.
        EXACT => identity == unsafe { CStr::from_ptr(rule.r#match) },
        // SAFETY: both are C strings.
        GLOB => unsafe { g_pattern_match_simple(rule.r#match, identity.as_ptr()) != 0 },
        _ => false,
    }
}

/// Frees a rule; NULL is fine.
///
/// # Safety
///
/// `rule` and its text are of GLib's allocator, and not used again.
pub(crate) unsafe fn free_rule(rule: *mut QAuthZListRule) {
    if rule.is_null() {
        return;
    }
    // SAFETY: passed on to the caller.
    unsafe {
        g_free((*rule).r#match.cast());
        g_free(rule.cast());
    }
}

/// Frees a list and its rules; NULL is fine.
///
/// # Safety
///
/// As for [`free_rule`].
pub(crate) unsafe fn free_rules(mut list: *mut QAuthZListRuleList) {
    while !list.is_null() {
        // SAFETY: passed on to the caller.
        unsafe {
            let next = (*list).next;
            free_rule((*list).value);
            g_free(list.cast());
            list = next;
        }
    }
}

/// The end of a list: where the next node would go.
pub(super) fn null() -> *mut QAuthZListRuleList {
    null_mut()
}
