//! Casts.
//!
//! A class remembers the last four types that it (or an instance) was cast to. It
//! remembers the type's own name and not the caller's pointer, since the memory
//! behind that may come to hold another name.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::class::type_of;
use super::interface;
use super::types::{self, TypeNode};
use crate::abi::qom::object::{OBJECT_CLASS_CAST_CACHE, Object, ObjectClass};

type Cache = [AtomicPtr<c_char>; OBJECT_CLASS_CAST_CACHE];

/// The source position of a checked cast.
pub(crate) struct Place {
    pub(crate) file: *const c_char,
    pub(crate) line: c_int,
    pub(crate) function: *const c_char,
}

/// `class` as the class `target`: itself, its interface class, or NULL.
///
/// # Safety
///
/// `class` is a live class.
unsafe fn class_cast(class: *mut ObjectClass, target: &'static TypeNode) -> *mut ObjectClass {
    // SAFETY: the class is live.
    let (node, interfaces) = unsafe { (type_of(class), (*class).interfaces.get()) };
    if !interfaces.is_null() && target.is_interface() {
        // SAFETY: the class is live.
        return unsafe { interface::sole_implementation(class, target) };
    }
    if node.is_a(target) { class } else { null_mut() }
}

/// `object_class_dynamic_cast()`.
///
/// # Safety
///
/// `class` is NULL or a live class, `name` NULL or NUL-terminated.
pub(crate) unsafe fn class_dynamic_cast(
    class: *mut ObjectClass,
    name: *const c_char,
) -> *mut ObjectClass {
    if class.is_null() {
        return null_mut();
    }
    // SAFETY: the class is live.
    if unsafe { type_of(class) }.name().as_ptr() == name {
        return class;
    }
    // SAFETY: as the caller vouches.
    match unsafe { types::find_raw(name) } {
        // SAFETY: the class is live.
        Some(target) => unsafe { class_cast(class, target) },
        None => null_mut(),
    }
}

/// `object_dynamic_cast()`.
///
/// # Safety
///
/// `object` is NULL or live, `name` NULL or NUL-terminated.
pub(crate) unsafe fn dynamic_cast(object: *mut Object, name: *const c_char) -> *mut Object {
    if object.is_null() {
        return object;
    }
    // SAFETY: the object is live, so its class is.
    let cast = unsafe { class_dynamic_cast((*object).class.get(), name) };
    if cast.is_null() { null_mut() } else { object }
}

/// Whether the cache holds `target`.
#[inline]
fn remembers(cache: &Cache, target: &'static TypeNode) -> bool {
    let name = target.name().as_ptr();
    cache.iter().rev().any(|entry| entry.load(Ordering::Relaxed).cast_const() == name)
}

/// Makes `target` the newest entry. Entries may get lost between threads.
fn remember(cache: &Cache, target: &'static TypeNode) {
    for pair in cache.windows(2) {
        if let [older, newer] = pair {
            older.store(newer.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
    if let Some(newest) = cache.last() {
        newest.store(target.name().as_ptr().cast_mut(), Ordering::Relaxed);
    }
}

/// `object_dynamic_cast_assert()`: aborts if the object is not of the type.
///
/// # Safety
///
/// As [`dynamic_cast`]; the strings of `place` are NULL or NUL-terminated.
#[inline]
pub(crate) unsafe fn checked_cast(
    object: *mut Object,
    name: *const c_char,
    place: &Place,
) -> *mut Object {
    if object.is_null() {
        return object;
    }
    // SAFETY: as the caller vouches.
    if let Some(target) = unsafe { types::find_raw(name) } {
        // SAFETY: the object is live, so its class is.
        let class = unsafe { (*object).class.get() };
        // SAFETY: as above.
        let cache = unsafe { &(*class).object_cast_cache };
        if remembers(cache, target) {
            return object;
        }
        // SAFETY: as above.
        if !unsafe { class_cast(class, target) }.is_null() {
            remember(cache, target);
            return object;
        }
    }
    // SAFETY: as the caller vouches.
    unsafe { refuse("object", object.cast_const().cast(), name, place) }
}

/// `object_class_dynamic_cast_assert()`: aborts if the class is not of the type.
///
/// # Safety
///
/// As [`class_dynamic_cast`]; the strings of `place` are NULL or NUL-terminated.
pub(crate) unsafe fn checked_class_cast(
    class: *mut ObjectClass,
    name: *const c_char,
    place: &Place,
) -> *mut ObjectClass {
    if class.is_null() {
        return class;
    }
    // SAFETY: as the caller vouches.
    if let Some(target) = unsafe { types::find_raw(name) } {
        // SAFETY: the class is live.
        let cache = unsafe { &(*class).class_cast_cache };
        if remembers(cache, target) {
            return class;
        }
        // SAFETY: the class is live.
        let cast = unsafe { class_cast(class, target) };
        if cast == class {
            remember(cache, target);
        }
        if !cast.is_null() {
            return cast;
        }
    }
    // SAFETY: as the caller vouches.
    unsafe { refuse("class", class.cast_const().cast(), name, place) }
}

/// Reports a failed cast and aborts.
///
/// # Safety
///
/// The strings are NULL or NUL-terminated.
#[cold]
unsafe fn refuse(what: &str, address: *const u8, name: *const c_char, place: &Place) -> ! {
    let text = |string: *const c_char| match string.is_null() {
        true => std::borrow::Cow::Borrowed("?"),
        // SAFETY: as the caller vouches.
        false => unsafe { CStr::from_ptr(string) }.to_string_lossy(),
    };
    fatal!(
        "{}:{}:{}: the {what} at {address:p} is not an instance of type '{}'",
        text(place.file),
        place.line,
        text(place.function),
        text(name)
    )
}
