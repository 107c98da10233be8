//! Paths in the composition tree.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{CStr, CString};
use std::ptr::null_mut;

use super::property::{child, table};
use super::{cast, failure, reference, roots};
use crate::abi::qom::object::Object;
use crate::error::Error;
use crate::runtime::text::shown;

/// The name of `object` in its parent; `None` without a parent.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn canonical_component(object: *const Object) -> Option<*const libc::c_char> {
    // SAFETY: passed on to the caller; a parent outlives its children.
    unsafe {
        let parent = (*object).parent.get();
        if parent.is_null() {
            return None;
        }
        // The name belongs to the property, which the parent's table keeps.
        child::property_of(parent, object.cast_mut()).map(|property| property.name().as_ptr())
    }
}

/// The path from the root to `object`; `None` if it does not hang there.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn canonical(object: *const Object) -> Option<CString> {
    let root = roots::root().cast_const();
    let mut path: Vec<u8> = Vec::new();
    let mut current = object;
    while !std::ptr::eq(current, root) {
        // SAFETY: parents outlive their children.
        let parent = unsafe { (*current).parent.get() };
        if parent.is_null() {
            return None;
        }
        // SAFETY: as above.
        let property = unsafe { child::property_of(parent, current.cast_mut()) }?;
        let component = property.name().to_bytes();
        path.splice(0..0, [b"/", component].concat());
        current = parent;
    }
    if path.is_empty() {
        path.push(b'/');
    }
    CString::new(path).ok()
}

/// The object that the property `part` of `parent` leads to, or NULL.
///
/// # Safety
///
/// `parent` is live.
pub(crate) unsafe fn component(parent: *mut Object, part: &CStr) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe { table::find(parent, part) }.map_or(null_mut(), |property| {
        // SAFETY: as above; the property is the parent's.
        unsafe { property.resolve(parent, part.as_ptr()) }
    })
}

/// The components of a path; empty ones do not count.
fn components(path: &CStr) -> Vec<CString> {
    let parts = path.to_bytes().split(|&byte| byte == b'/').filter(|part| !part.is_empty());
    parts.filter_map(|part| CString::new(part).ok()).collect()
}

/// Follows `parts` from `start`. NULL if one of them leads nowhere, or if the
/// object at the end is not of the type.
///
/// # Safety
///
/// `start` is live.
unsafe fn follow(start: *mut Object, parts: &[CString], type_name: Option<&CStr>) -> *mut Object {
    let mut current = start;
    for part in parts {
        // SAFETY: what a property leads to is live.
        current = unsafe { component(current, part) };
        if current.is_null() {
            return current;
        }
    }
    match type_name {
        // SAFETY: as above.
        Some(type_name) => unsafe { cast::dynamic_cast(current, type_name.as_ptr()) },
        None => current,
    }
}

/// `object_resolve_path_at()`.
///
/// # Safety
///
/// `parent` is live.
pub(crate) unsafe fn resolve_at(parent: *mut Object, path: &CStr) -> *mut Object {
    let start = if path.to_bytes().starts_with(b"/") { roots::root() } else { parent };
    // SAFETY: passed on to the caller; the root always lives.
    unsafe { follow(start, &components(path), None) }
}

/// The object at `path`, and whether several match.
///
/// A path with a `/` in front starts at the root. Any other one may start at every
/// object of the tree, and leads to an object if only one matches.
pub(crate) fn resolve(path: &CStr, type_name: Option<&CStr>) -> (*mut Object, bool) {
    let parts = components(path);
    if path.to_bytes().starts_with(b"/") {
        // SAFETY: the root always lives.
        return (unsafe { follow(roots::root(), &parts, type_name) }, false);
    }
    let mut search = Search { parts: &parts, type_name, found: null_mut(), ambiguous: false };
    // SAFETY: the root always lives.
    unsafe { search.visit(roots::root()) };
    match search.ambiguous {
        true => (null_mut(), true),
        false => (search.found, false),
    }
}

/// The object at `path`, or an error of the class for objects that are not there.
pub(crate) fn must_resolve(path: &CStr) -> Result<*mut Object, Error> {
    match resolve(path, None) {
        (found, _) if !found.is_null() => Ok(found),
        _ => Err(failure::not_found(
            c"object_property_get_link",
            &format!("Object '{}' not found", shown(path)),
        )),
    }
}

/// The search for a partial path.
struct Search<'a> {
    parts: &'a [CString],
    type_name: Option<&'a CStr>,
    found: *mut Object,
    ambiguous: bool,
}

impl Search<'_> {
    /// Tries `object` and everything below it.
    ///
    /// # Safety
    ///
    /// `object` is live.
    unsafe fn visit(&mut self, object: *mut Object) {
        // SAFETY: passed on to the caller.
        let found = unsafe { follow(object, self.parts, self.type_name) };
        if !found.is_null() {
            self.ambiguous |= !self.found.is_null();
            self.found = found;
        }
        // SAFETY: passed on to the caller; each child comes with a reference.
        unsafe {
            for child in child::all_owned(object) {
                if !self.ambiguous {
                    self.visit(child);
                }
                reference::drop(child);
            }
        }
    }
}
