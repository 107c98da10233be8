//! Objects that are created, set up and put into the tree in one go.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, CString, c_void};

use super::property::value::Value;
use super::property::{access, child};
use super::types::{self, TypeNode};
use super::{failure, instance, reference, tree, user_creatable};
use crate::abi::qom::object::Object;
use crate::error::Error;
use crate::runtime::text::shown;

/// Names and values of properties.
pub(crate) type Settings = Vec<(CString, Value)>;

/// Whether users may call an object that.
fn is_well_formed(id: &CStr) -> bool {
    let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    match id.to_bytes() {
        [first, rest @ ..] => first.is_ascii_alphabetic() && rest.iter().all(is_inner),
        [] => false,
    }
}

/// Fails unless `id` may be the id of an object.
pub(super) fn check_id(id: Option<&CStr>, function: &'static CStr) -> Result<(), Error> {
    match id {
        Some(id) if !is_well_formed(id) => Err(failure::with_hint(
            function,
            &format!("Parameter 'id' expects an identifier, not '{}'", shown(id)),
            c"Identifiers start with a letter and go on with letters, digits, '-', '.' and '_'.\n",
        )),
        _ => Ok(()),
    }
}

/// The type called `name`, unless it is unknown or abstract.
pub(super) fn concrete_type(name: &CStr) -> Result<&'static TypeNode, Error> {
    let node = types::find(name)
        .ok_or_else(|| Error::new(format!("Unknown object type '{}'", shown(name))))?;
    if node.is_abstract() {
        return Err(Error::new(format!("Object type '{}' is abstract", shown(name))));
    }
    Ok(node)
}

/// Sets properties, in order, up to the first failure.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn apply(object: *mut Object, settings: &Settings) -> Result<(), Error> {
    for (name, value) in settings {
        // SAFETY: passed on to the caller.
        unsafe { access::set(object, name, value) }?;
    }
    Ok(())
}

/// Sets properties of a new object, makes it a child and completes it if it is
/// user-creatable. After a failure it is in no tree.
///
/// # Safety
///
/// `object` is live and in no tree; the parent is live.
unsafe fn set_up(
    object: *mut Object,
    place: Option<(*mut Object, &CStr)>,
    settings: &Settings,
) -> Result<(), Error> {
    // SAFETY: passed on to the caller.
    unsafe {
        apply(object, settings)?;
        if let Some((parent, id)) = place {
            child::add(parent, id, object)?;
        }
        let completed = user_creatable::complete_if_any(object);
        if completed.is_err() {
            tree::unparent(object);
        }
        completed
    }
}

/// A new object of a type; its creator owns one reference more than its place in
/// the tree does.
///
/// # Safety
///
/// The parent is live.
pub(super) unsafe fn create(
    node: &'static TypeNode,
    place: Option<(*mut Object, &CStr)>,
    settings: &Settings,
) -> Result<*mut Object, Error> {
    let object = instance::new(node, "object_new");
    // SAFETY: the object is new; the parent is as the caller vouches.
    unsafe {
        match set_up(object, place, settings) {
            Ok(()) => Ok(object),
            Err(error) => {
                reference::drop(object);
                Err(error)
            }
        }
    }
}

/// `object_new_with_props()`: with an id, the object belongs to its parent; without
/// one, to the caller.
///
/// # Safety
///
/// `parent` is live, or there is no id.
pub(crate) unsafe fn new_with_properties(
    type_name: &CStr,
    parent: *mut Object,
    id: Option<&CStr>,
    settings: &Settings,
) -> Result<*mut Object, Error> {
    check_id(id, c"object_new_with_props")?;
    let node = concrete_type(type_name)?;
    ensure!(
        id.is_none() || !parent.is_null(),
        "object_new_with_props: an object with an id needs a parent"
    );
    // SAFETY: passed on to the caller; the parent keeps the object.
    unsafe {
        let object = create(node, id.map(|id| (parent, id)), settings)?;
        if id.is_some() {
            reference::drop(object);
        }
        Ok(object)
    }
}

/// `object_initialize_child_with_props()`: the parent owns the only reference.
///
/// # Safety
///
/// `parent` is live; `memory` is as `object_initialize()` wants it.
pub(crate) unsafe fn initialise_child(
    parent: *mut Object,
    name: &CStr,
    memory: *mut c_void,
    size: usize,
    node: &'static TypeNode,
    settings: &Settings,
) -> Result<(), Error> {
    // SAFETY: passed on to the caller; the object is initialised from here on.
    unsafe {
        let object = instance::initialise(memory, size, node);
        let done = apply(object, settings).and_then(|()| {
            if let Err(error) = child::add(parent, name, object) {
                failure::abort_with(error, c"object_initialize_child");
            }
            let completed = user_creatable::complete_if_any(object);
            if completed.is_err() {
                tree::unparent(object);
            }
            completed
        });
        reference::drop(object);
        done
    }
}
