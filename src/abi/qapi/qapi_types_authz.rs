//! Types of `qapi/qapi-types-authz.h`.

use std::ffi::c_char;

use crate::abi::values::{BoolValue, QAuthZListFormatValue, QAuthZListPolicyValue};

/// What a rule, or a list without a matching rule, says.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QAuthZListPolicy {
    /// Access is denied.
    QAUTHZ_LIST_POLICY_DENY = 0,
    /// Access is allowed.
    QAUTHZ_LIST_POLICY_ALLOW = 1,
    /// The number of values.
    QAUTHZ_LIST_POLICY__MAX = 2,
}

/// How a rule matches an identity.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QAuthZListFormat {
    /// The texts are equal.
    QAUTHZ_LIST_FORMAT_EXACT = 0,
    /// The rule is a pattern with `*` and `?`.
    QAUTHZ_LIST_FORMAT_GLOB = 1,
    /// The number of values.
    QAUTHZ_LIST_FORMAT__MAX = 2,
}

/// A rule of an `authz-list`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct QAuthZListRule {
    /// What the identity is compared with.
    pub r#match: *mut c_char,
    /// What is decided if it matches.
    pub policy: QAuthZListPolicyValue,
    /// Whether `format` counts; without it, it is exact.
    pub has_format: BoolValue,
    /// How it is compared.
    pub format: QAuthZListFormatValue,
}

/// A list of rules.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct QAuthZListRuleList {
    /// The rest of the list; NULL at its end.
    pub next: *mut Self,
    /// The rule.
    pub value: *mut QAuthZListRule,
}
