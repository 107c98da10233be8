//! Rules in order: the first that matches decides.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ptr::null_mut;

use super::base::{Authorise, authorise_with};
use super::rules::{self, Rules};
use crate::abi::authz::base::QAuthZ;
use crate::abi::authz::list::QAuthZList;
use crate::abi::qapi::qapi_types_authz::{QAuthZListPolicy, QAuthZListRuleList};
use crate::abi::qom::object::{Object, ObjectClass};
use crate::abi::values::{QAuthZListFormatValue, QAuthZListPolicyValue};
use crate::error::Error;
use crate::host::object::ObjectType;
use crate::runtime::class::Definition;
use crate::runtime::object::property::class::ClassProperties;
use crate::runtime::qapi::enums;

// SAFETY: `repr(C)`, starts with a QAuthZ, registered with its size.
unsafe impl ObjectType for QAuthZList {
    const TYPE_NAME: &'static CStr = c"authz-list";
}

impl Authorise for QAuthZList {
    fn is_allowed(&self, identity: &CStr) -> Result<bool, Error> {
        const ALLOW: c_uint = QAuthZListPolicy::QAUTHZ_LIST_POLICY_ALLOW as c_uint;
        // SAFETY: callers do not edit a list while it is asked.
        let mut rules = unsafe { rules::iter(self.rules.get()) };
        let decisive = rules.find(|rule| rules::matches(rule, identity));
        Ok(decisive.map_or(self.policy.get(), |rule| rule.policy) == ALLOW)
    }
}

impl QAuthZList {
    /// The link before the node with this index, or the last link of a shorter
    /// list; and the index of the node that link is for.
    fn link(&self, index: usize) -> (&Cell<*mut QAuthZListRuleList>, usize) {
        let mut link = &self.rules;
        let mut position = 0;
        while position < index && !link.get().is_null() {
            // SAFETY: a node of the list; `Cell` has the layout of its content,
            // and the node lives while nobody edits the list.
            link = unsafe { Cell::from_mut(&mut (*link.get()).next) };
            position += 1;
        }
        (link, position)
    }

    /// Puts a rule before the one with `index`, or at the end. Returns its index.
    pub(crate) fn insert(
        &self,
        index: usize,
        pattern: &CStr,
        policy: QAuthZListPolicyValue,
        format: QAuthZListFormatValue,
    ) -> usize {
        let (link, position) = self.link(index);
        let node = rules::node(pattern, policy, Some(format));
        // SAFETY: the node was just made.
        unsafe { (*node).next = link.get() };
        link.set(node);
        position
    }

    /// Removes the first rule with this text. Returns the index it had.
    pub(crate) fn delete(&self, pattern: &CStr) -> Option<usize> {
        // SAFETY: callers do not edit a list from two threads.
        let mut rules = unsafe { rules::iter(self.rules.get()) };
        let index = rules.position(|rule| {
            // SAFETY: the text is a C string.
            !rule.r#match.is_null() && unsafe { CStr::from_ptr(rule.r#match) } == pattern
        })?;
        let (link, _) = self.link(index);
        let node = link.get();
        // SAFETY: there is a node with that index; it is taken out of the list
        // before it is freed.
        unsafe {
            link.set((*node).next);
            (*node).next = null_mut();
            drop(Rules::from_raw(node));
        }
        Some(index)
    }

    /// Replaces the rules.
    pub(super) fn set_rules(&self, new: Rules) {
        // SAFETY: the object owns its list.
        drop(unsafe { Rules::from_raw(self.rules.replace(new.into_raw())) });
    }
}

unsafe extern "C" fn finalize(object: *mut Object) {
    // SAFETY: the host passes an instance that nobody else uses any more and that
    // owns its list.
    drop(unsafe {
        let list = &*object.cast::<QAuthZList>();
        Rules::from_raw(list.rules.replace(null_mut()))
    });
}

unsafe extern "C" fn class_init(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for `authz-list`.
    let properties = unsafe {
        authorise_with::<QAuthZList>(class);
        ClassProperties::<QAuthZList>::new(class)
    };
    properties.choice(
        c"policy",
        c"QAuthZListPolicy",
        &enums::AUTHZ_LIST_POLICY,
        Some(|it| Ok(it.policy.get() as c_int)),
        Some(|it, policy| {
            it.policy.set(policy as c_uint);
            Ok(())
        }),
    );
    properties.value(
        c"rules",
        c"QAuthZListRule",
        // SAFETY: callers do not edit a list while they read it.
        Some(|it| unsafe { rules::to_value(it.rules.get()) }),
        Some(|it, rules| {
            it.set_rules(Rules::from_value(rules)?);
            Ok(())
        }),
    );
}

pub(super) fn register_type() {
    Definition {
        instance_size: size_of::<QAuthZList>(),
        is_user_creatable: true,
        finalize: Some(finalize),
        class_init: Some(class_init),
        ..Definition::new(QAuthZList::TYPE_NAME, QAuthZ::TYPE_NAME)
    }
    .register();
}
