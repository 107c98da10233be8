//! Lists of rules, as C knows them: nodes and strings of GLib's allocator.

use std::ffi::{CStr, CString, c_uint};
use std::ptr::null_mut;

use glib_sys::{g_free, g_malloc0, g_pattern_match_simple, g_strdup};

use crate::abi::qapi::qapi_types_authz::{QAuthZListFormat, QAuthZListRule, QAuthZListRuleList};
use crate::abi::values::{QAuthZListFormatValue, QAuthZListPolicyValue};
use crate::error::Error;
use crate::runtime::object::property::plain::{enum_index, enum_value};
use crate::runtime::object::property::value::{Value, expects};
use crate::runtime::qapi::enums;
use crate::runtime::text::shown;

/// An owned list of rules.
pub(super) struct Rules(*mut QAuthZListRuleList);

impl Rules {
    /// Takes over a C list.
    ///
    /// # Safety
    ///
    /// Everything in the list is of GLib's allocator, and not used elsewhere.
    pub(super) unsafe fn from_raw(list: *mut QAuthZListRuleList) -> Self {
        Self(list)
    }

    /// Gives the list to C.
    pub(super) fn into_raw(self) -> *mut QAuthZListRuleList {
        let list = self.0;
        std::mem::forget(self);
        list
    }

    /// The rules that a property value stands for: a list of dictionaries.
    pub(super) fn from_value(value: &Value) -> Result<Self, Error> {
        let Value::List(items) = value else { return Err(expects(c"rules", "a list")) };
        let mut rules = Self(null_mut());
        // Each rule goes in front, so the last one comes first.
        for item in items.iter().rev() {
            let node = node_from_value(item)?;
            // SAFETY: the node was just made.
            unsafe { (*node).next = rules.0 };
            rules.0 = node;
        }
        Ok(rules)
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        // SAFETY: this value owns the list.
        unsafe { free_rules(self.0) };
    }
}

/// The rule that a dictionary describes, as a node.
fn node_from_value(value: &Value) -> Result<*mut QAuthZListRuleList, Error> {
    let Value::Dict(members) = value else { return Err(expects(c"rules", "an object")) };
    let (mut pattern, mut policy, mut format) = (None, None, None);
    for (name, value) in members {
        match name.to_bytes() {
            b"match" => pattern = Some(value.to_str(name)?),
            b"policy" => {
                policy = Some(enum_index(&enums::AUTHZ_LIST_POLICY, value.to_str(name)?, name)?);
            }
            b"format" => {
                format = Some(enum_index(&enums::AUTHZ_LIST_FORMAT, value.to_str(name)?, name)?);
            }
            _ => return Err(Error::new(format!("A rule has no parameter '{}'", shown(name)))),
        }
    }
    let missing = |name: &str| Error::new(format!("Parameter '{name}' is missing"));
    let pattern = pattern.ok_or_else(|| missing("match"))?;
    let policy = policy.ok_or_else(|| missing("policy"))?;
    Ok(node(pattern, policy as c_uint, format.map(|format| format as c_uint)))
}

/// The property value of a list.
///
/// # Safety
///
/// `list` is a list of rules that does not change meanwhile.
pub(super) unsafe fn to_value(list: *const QAuthZListRuleList) -> Result<Value, Error> {
    let text = |text: &CStr| CString::from(text);
    // SAFETY: passed on to the caller.
    let rules = unsafe { iter(list) };
    let values = rules.map(|rule| {
        let choice = |names, value: c_uint, name| enum_value(names, value as i32, name);
        // SAFETY: the text is NULL or a C string.
        let pattern = (!rule.r#match.is_null()).then(|| unsafe { CStr::from_ptr(rule.r#match) });
        let mut members = vec![
            (text(c"match"), Value::Str(pattern.map(text))),
            (text(c"policy"), choice(&enums::AUTHZ_LIST_POLICY, rule.policy, c"policy")?),
        ];
        if rule.has_format != 0 {
            let format = choice(&enums::AUTHZ_LIST_FORMAT, rule.format, c"format")?;
            members.push((text(c"format"), format));
        }
        Ok(Value::Dict(members))
    });
    values.collect::<Result<_, _>>().map(Value::List)
}

/// The rules of a list, in order.
///
/// # Safety
///
/// `list` is a list of rules that does not change while it is walked.
pub(super) unsafe fn iter<'a>(
    mut list: *const QAuthZListRuleList,
) -> impl Iterator<Item = &'a QAuthZListRule> {
    std::iter::from_fn(move || {
        // SAFETY: a node of the list, or NULL at its end; nodes have a rule.
        let node = unsafe { list.as_ref() }?;
        list = node.next;
        // SAFETY: as above.
        Some(unsafe { &*node.value })
    })
}

/// Allocates zeroed memory for a C struct.
fn allocate<T>() -> *mut T {
    // SAFETY: GLib returns zeroed memory or ends the process.
    unsafe { g_malloc0(size_of::<T>()) }.cast()
}

/// A node of a C list.
///
/// The numbers are kept as they are: a policy or format that is none allows, or
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
