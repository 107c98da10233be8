//! Types of `qapi/qapi-types-authz.h`.

use std::ffi::c_char;

use crate::abi::values::{BoolValue, QAuthZListFormatValue, QAuthZListPolicyValue};

/// What a rule, or the end of a list of rules, decides.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QAuthZListPolicy {
    /// The identity may not enter.
    QAUTHZ_LIST_POLICY_DENY,
    /// The identity may enter.
    QAUTHZ_LIST_POLICY_ALLOW,
    /// The number of policies.
    QAUTHZ_LIST_POLICY__MAX,
}

/// How a rule is compared with an identity.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QAuthZListFormat {
    /// They must be equal, byte for byte.
    QAUTHZ_LIST_FORMAT_EXACT,
    /// The rule is a pattern: `*` stands for any text, `?` for one character.
    QAUTHZ_LIST_FORMAT_GLOB,
    /// The number of formats.
    QAUTHZ_LIST_FORMAT__MAX,
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
