//! Types of `authz/list.h`.

use std::cell::Cell;

use crate::abi::authz::base::QAuthZ;
use crate::abi::qapi::qapi_types_authz::QAuthZListRuleList;
use crate::abi::values::QAuthZListPolicyValue;

/// Goes through a list of rules; the first that matches decides.
#[repr(C)]
pub struct QAuthZList {
    /// The base object.
    pub parent_obj: QAuthZ,
    /// What is decided when no rule matches.
    pub policy: Cell<QAuthZListPolicyValue>,
    /// The rules.
    pub rules: Cell<*mut QAuthZListRuleList>,
}
