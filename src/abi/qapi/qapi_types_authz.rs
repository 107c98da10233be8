//! Types of `qapi/qapi-types-authz.h`.

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
