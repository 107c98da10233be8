//! Objects that users create by type, id and properties; they live under
//! "/objects".

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::CStr;

use super::class;
use super::creation::{self, Settings};
use super::property::{Property, call_c, child};
use super::types::{self, Description, Parent};
use super::{cast, path, reference, roots, tree};
use crate::abi::qom::object::{Object, ObjectClass};
use crate::abi::qom::object_interfaces::{UserCreatable, UserCreatableClass};
use crate::error::Error;
use crate::runtime::text::shown;

/// The name of the interface.
const INTERFACE: &CStr = c"user-creatable";

/// Registers the interface.
pub(super) fn register() {
    types::register(Description {
        class_size: size_of::<UserCreatableClass>(),
        ..Description::plain(INTERFACE.to_owned(), Parent::Named(c"interface".to_owned()))
    });
}

/// The interface class of a class that implements the interface, else NULL.
///
/// # Safety
///
/// `class` is live.
unsafe fn interface_of(class: *mut ObjectClass) -> *mut UserCreatableClass {
    // SAFETY: passed on to the caller.
    unsafe { cast::class_dynamic_cast(class, INTERFACE.as_ptr()) }.cast()
}

/// Completes an object, if it implements the interface and has something to do.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn complete_if_any(object: *mut Object) -> Result<(), Error> {
    // SAFETY: passed on to the caller; the method is for instances of the class.
    unsafe {
        let interface = interface_of((*object).class.get());
        match interface.as_ref().and_then(|interface| interface.complete.get()) {
            Some(complete) => call_c(|errp| complete(object.cast::<UserCreatable>(), errp)),
            None => Ok(()),
        }
    }
}

/// Whether an object may be deleted now.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn can_be_deleted(object: *mut Object) -> bool {
    // SAFETY: passed on to the caller; the method is for instances of the class.
    unsafe {
        let interface = interface_of((*object).class.get());
        match interface.as_ref().and_then(|interface| interface.can_be_deleted.get()) {
            Some(can_be_deleted) => can_be_deleted(object.cast::<UserCreatable>()),
            None => true,
        }
    }
}

/// Creates an object and, with an id, puts it under "/objects". The caller owns a
/// reference.
pub(crate) fn add(
    type_name: &CStr,
    id: Option<&CStr>,
    settings: &Settings,
) -> Result<*mut Object, Error> {
    creation::check_id(id, c"user_creatable_add_type")?;
    let unknown = || Error::new(format!("Unknown object type '{}'", shown(type_name)));
    let node = types::find(type_name).ok_or_else(unknown)?;
    // SAFETY: classes live as long as the process.
    if unsafe { interface_of(node.class()) }.is_null() {
        return Err(Error::new(format!(
            "Object type '{}' cannot be created by users",
            shown(type_name)
        )));
    }
    let node = creation::concrete_type(type_name)?;
    // SAFETY: the container lives in the tree.
    unsafe { creation::create(node, id.map(|id| (roots::objects(), id)), settings) }
}

/// Removes the object called `id`.
pub(crate) fn delete(id: &CStr) -> Result<(), Error> {
    // SAFETY: the container lives in the tree.
    let object = unsafe { child::find_owned(roots::objects(), id) };
    let unknown = || Error::new(format!("Object '{}' not found", shown(id)));
    if object.is_null() {
        return Err(unknown());
    }
    // SAFETY: `find_owned` took a reference.
    unsafe {
        let result = if interface_of((*object).class.get()).is_null() {
            Err(unknown())
        } else if !can_be_deleted(object) {
            Err(Error::new(format!("Object '{}' is in use and cannot be deleted", shown(id))))
        } else {
            tree::unparent(object);
            Ok(())
        };
        reference::drop(object);
        result
    }
}

/// Removes all of them.
pub(crate) fn delete_all() {
    // SAFETY: the root always lives, and "/objects" hangs in it.
    unsafe {
        let container = path::component(roots::root(), c"objects");
        if !container.is_null() {
            tree::unparent(container);
        }
    }
}

/// The names of the types that users can create objects of, sorted.
pub(super) fn type_names() -> Vec<&'static CStr> {
    let mut names = Vec::new();
    // SAFETY: the name is NUL-terminated, and the walk passes live classes.
    unsafe {
        super::class_list::for_each(INTERFACE.as_ptr(), false, |class| {
            names.push(class::type_of(class).name());
        });
    }
    names.sort_unstable();
    names
}

/// The properties of a type that users can set: names and types, sorted.
pub(super) fn settable_properties(type_name: &CStr) -> Result<Vec<(String, String)>, Error> {
    let node = creation::concrete_type(type_name)?;
    node.class();
    let mut all: Vec<_> = node
        .lineage()
        .iter()
        .flat_map(|ancestor| super::property::table::class_hooks(ancestor, Property::is_writable))
        .map(|property| {
            (shown(property.name()).to_string(), shown(property.type_name()).to_string())
        })
        .collect();
    all.sort_unstable();
    Ok(all)
}
