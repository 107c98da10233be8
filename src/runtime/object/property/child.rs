//! Child properties: the edges of the composition tree.

use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::value::Value;
use super::{Behaviour, Kind, Property, table};
use crate::abi::qom::object::Object;
use crate::error::Error;
use crate::runtime::object::class::type_of;
use crate::runtime::object::{path, reference};

/// Owns a reference to the child; NULL once it was given up.
struct Child(AtomicPtr<Object>);

impl Kind for Child {
    fn leads_on(&self) -> bool {
        true
    }

    fn has_release(&self) -> bool {
        true
    }

    fn get(&self, _object: *mut Object, _name: &CStr) -> Result<Value, Error> {
        let child = self.child();
        if child.is_null() {
            return Ok(Value::string(c""));
        }
        // SAFETY: the property keeps the child alive.
        Ok(Value::string(&unsafe { path::canonical(child) }.unwrap_or_default()))
    }

    fn resolve(&self, _object: *mut Object, _part: *const c_char) -> *mut Object {
        self.child()
    }

    fn release(&self, _object: *mut Object) {
        let child = self.child();
        if child.is_null() {
            return;
        }
        // SAFETY: the property keeps the child alive; its hook may still look at
        // the parent and at this property.
        unsafe {
            if let Some(unparent) = (*(*child).class.get()).unparent.get() {
                unparent(child);
            }
        }
        // From here on the child cannot be found here, before it may be freed.
        let locked = table::lock();
        self.0.store(null_mut(), Ordering::Release);
        drop(locked);
        // SAFETY: as above; the reference is the property's.
        unsafe {
            (*child).parent.set(null_mut());
            reference::drop(child);
        }
    }

    fn child(&self) -> *mut Object {
        self.0.load(Ordering::Acquire)
    }
}

/// Makes `child` a child of `object`; on failure nothing changed.
///
/// # Safety
///
/// Both objects are live.
pub(crate) unsafe fn add(
    object: *mut Object,
    name: &CStr,
    child: *mut Object,
) -> Result<Arc<Property>, Error> {
    // SAFETY: both are live.
    unsafe {
        ensure!(
            (*child).parent.get().is_null(),
            "object_property_add_child: the child '{}' has a parent already",
            name.to_string_lossy()
        );
        let type_name = [b"child<", type_of((*child).class.get()).name().to_bytes(), b">"].concat();
        let type_name = CString::new(type_name).unwrap_or_default();
        // The property may be found as soon as it is added, so it owns a reference
        // before.
        reference::take(child);
        (*child).parent.set(object);
        let kind = Child(AtomicPtr::new(child));
        let added = table::add(object, name, &type_name, Behaviour::Kind(Box::new(kind)));
        if added.is_err() {
            (*child).parent.set(null_mut());
            reference::drop(child);
        }
        added
    }
}

/// The child of `object` called `name`, with a reference for the caller; NULL if
/// there is none.
///
/// Safe against other threads that remove the child: the reference is taken under
/// the lock that they need to give theirs up.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn find_owned(object: *mut Object, name: &CStr) -> *mut Object {
    let locked = table::lock();
    // SAFETY: passed on to the caller.
    let found = unsafe { table::Table::of_object(&locked, object) }.get(name);
    let child = found.map_or(null_mut(), |property| property.child());
    if !child.is_null() {
        // SAFETY: the property owns a reference as long as the lock is held.
        unsafe { reference::take(child) };
    }
    child
}

/// The children of `object`, each with a reference for the caller.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn all_owned(object: *mut Object) -> Vec<*mut Object> {
    let locked = table::lock();
    // SAFETY: passed on to the caller.
    let properties = unsafe { table::Table::of_object(&locked, object) }
        .pick(|property| !property.child().is_null());
    let child = |property: Arc<Property>| {
        let child = property.child();
        // SAFETY: the property owns a reference as long as the lock is held.
        unsafe { reference::take(child) };
        child
    };
    properties.into_iter().map(child).collect()
}

/// The property of `parent` whose child is `child`.
///
/// # Safety
///
/// `parent` is live.
pub(crate) unsafe fn property_of(parent: *mut Object, child: *mut Object) -> Option<Arc<Property>> {
    let locked = table::lock();
    // SAFETY: passed on to the caller.
    unsafe { table::Table::of_object(&locked, parent) }
        .pick(|property| std::ptr::eq(property.child(), child))
        .pop()
}
