//! Properties: named values of objects, and of classes for all their objects.
//!
//! | file | idea |
//! |---|---|
//! | this one | what a property is |
//! | `table` | the properties of one object or class |
//! | `access` | reading and writing by name |
//! | `value`, `visitor` | what travels between a caller and an accessor |
//! | `plain`, `link`, `child`, `alias` | the kinds that the library offers |
//! | `default` | values that new objects start with |
//! | `class` | class properties for classes written in Rust |
//!
//! A property is either C's (two accessor functions and data) or of a kind that
//! implements [`Kind`]. C code sees accessor functions in both cases.

pub(crate) mod access;
pub(crate) mod alias;
pub(crate) mod child;
#[cfg_attr(not(test), allow(dead_code, reason = "for the classes of credentials and rules"))]
pub(crate) mod class;
pub(crate) mod default;
pub(crate) mod iterator;
pub(crate) mod link;
pub(crate) mod plain;
pub(crate) mod table;
pub(crate) mod value;
mod visitor;

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use glib_sys::{g_free, g_strdup};

use self::value::Value;
use self::visitor::Visitor;
use super::types::TypeNode;
use crate::abi::qapi::util::QEnumLookup;
use crate::abi::qemu::typedefs::{Error as RawError, Visitor as RawVisitor};
use crate::abi::qom::object::{Object, ObjectProperty};
use crate::abi::values::{ObjectPropertyAccessorPointer, ObjectPropertyReleasePointer};
use crate::error::Error;
use crate::host::error::{Destination, OwnedError};

/// A kind of property.
///
/// The methods get objects that have the property and are live; they are called
/// without any lock.
pub(crate) trait Kind {
    /// Whether [`get`](Self::get) works.
    fn can_get(&self) -> bool {
        true
    }

    /// Whether [`set`](Self::set) works.
    fn can_set(&self) -> bool {
        false
    }

    /// Whether the property leads to an object.
    fn leads_on(&self) -> bool {
        false
    }

    /// Whether [`release`](Self::release) does something.
    fn has_release(&self) -> bool {
        false
    }

    /// The value.
    fn get(&self, object: *mut Object, name: &CStr) -> Result<Value, Error>;

    /// Changes the value.
    fn set(&self, _object: *mut Object, name: &CStr, _value: &Value) -> Result<(), Error> {
        Err(Error::new(format!("Property '{}' cannot be written", name.to_string_lossy())))
    }

    /// The object that the property leads to, or NULL.
    fn resolve(&self, _object: *mut Object, _part: *const c_char) -> *mut Object {
        null_mut()
    }

    /// Gives up what the property holds for `object`. Called once.
    fn release(&self, _object: *mut Object) {}

    /// The child, if this is a child property that still has one.
    fn child(&self) -> *mut Object {
        null_mut()
    }

    /// The names of an enum property's values.
    fn names(&self) -> Option<&QEnumLookup> {
        None
    }
}

/// A property, as C sees it and with what C does not see.
#[repr(C)]
pub(crate) struct Property {
    /// C's view.
    pub(super) public: ObjectProperty,
    /// How it works; `None` if it is C's functions that do.
    kind: Option<Box<dyn Kind>>,
    /// The type whose class has the property; `None` for a property of an object.
    owner: Option<&'static TypeNode>,
    /// What new objects start with.
    default: OnceLock<Value>,
    /// Whether the hook of an object's property was called.
    released: AtomicBool,
}

// SAFETY: the C view changes when the property is made and, under the table lock,
// when it gets a description or default; kinds hold C function pointers and
// addresses whose use the C API leaves to its callers to order.
unsafe impl Send for Property {}
// SAFETY: as above.
unsafe impl Sync for Property {}

/// What a C caller gives for a property of its own.
pub(crate) struct CFunctions {
    pub(crate) get: ObjectPropertyAccessorPointer,
    pub(crate) set: ObjectPropertyAccessorPointer,
    pub(crate) release: ObjectPropertyReleasePointer,
    pub(crate) opaque: *mut c_void,
}

/// How a new property works.
pub(crate) enum Behaviour {
    /// C's functions.
    Functions(CFunctions),
    /// One of the library's kinds.
    Kind(Box<dyn Kind>),
}

impl Property {
    /// A property that is in no table yet. The strings are copied.
    pub(super) fn new(
        name: &CStr,
        type_name: &CStr,
        behaviour: Behaviour,
        owner: Option<&'static TypeNode>,
    ) -> Arc<Self> {
        let (kind, functions) = match behaviour {
            Behaviour::Functions(functions) => (None, functions),
            Behaviour::Kind(kind) => {
                let get: ObjectPropertyAccessorPointer = Some(get_kind);
                let set: ObjectPropertyAccessorPointer = Some(set_kind);
                let release: ObjectPropertyReleasePointer = Some(release_kind);
                let functions = CFunctions {
                    get: get.filter(|_| kind.can_get()),
                    set: set.filter(|_| kind.can_set()),
                    release: release.filter(|_| kind.has_release()),
                    opaque: null_mut(),
                };
                (Some(kind), functions)
            }
        };
        let leads_on = kind.as_ref().is_some_and(|kind| kind.leads_on());
        let is_kind = kind.is_some();
        // SAFETY: both strings are NUL-terminated.
        let (name, type_name) = unsafe { (g_strdup(name.as_ptr()), g_strdup(type_name.as_ptr())) };
        let property = Arc::new(Self {
            public: ObjectProperty {
                name: Cell::new(name),
                r#type: Cell::new(type_name),
                description: Cell::new(null_mut()),
                get: Cell::new(functions.get),
                set: Cell::new(functions.set),
                resolve: Cell::new(if leads_on { Some(resolve_kind) } else { None }),
                release: Cell::new(functions.release),
                init: Cell::new(None),
                opaque: Cell::new(functions.opaque),
                defval: Cell::new(null_mut()),
            },
            kind,
            owner,
            default: OnceLock::new(),
            released: AtomicBool::new(false),
        });
        if is_kind {
            property.public.opaque.set(Arc::as_ptr(&property).cast_mut().cast());
        }
        property
    }

    /// The property behind what C holds.
    ///
    /// # Safety
    ///
    /// `raw` came from [`as_raw`](Self::as_raw), and the property still lives.
    pub(crate) unsafe fn from_raw<'a>(raw: *const ObjectProperty) -> &'a Self {
        // SAFETY: the C view is the first field.
        unsafe { &*raw.cast() }
    }

    /// What C holds.
    pub(crate) fn as_raw(&self) -> *mut ObjectProperty {
        (&raw const self.public).cast_mut()
    }

    /// The name.
    pub(crate) fn name(&self) -> &CStr {
        // SAFETY: set in `new`, freed in `drop`.
        unsafe { CStr::from_ptr(self.public.name.get()) }
    }

    /// The name of the value's type.
    pub(crate) fn type_name(&self) -> &CStr {
        // SAFETY: set in `new`, freed in `drop`.
        unsafe { CStr::from_ptr(self.public.r#type.get()) }
    }

    /// The child behind a child property; NULL for any other one.
    pub(crate) fn child(&self) -> *mut Object {
        self.kind.as_ref().map_or(null_mut(), |kind| kind.child())
    }

    /// The names of an enum property's values.
    pub(crate) fn names(&self) -> Option<&QEnumLookup> {
        self.kind.as_ref()?.names()
    }

    /// Whether there is a setter.
    pub(in crate::runtime::object) fn is_writable(&self) -> bool {
        self.public.set.get().is_some()
    }

    /// Whether the `release` hook of an object's property is still to be called.
    pub(super) fn awaits_release(&self) -> bool {
        self.public.release.get().is_some() && !self.released.load(Ordering::Acquire)
    }

    /// Makes the caller the one who calls the hook: false if somebody else did.
    pub(super) fn claim_release(&self) -> bool {
        !self.released.swap(true, Ordering::AcqRel)
    }

    /// Calls the `release` hook, if there is one.
    ///
    /// # Safety
    ///
    /// `object` has the property, and its hook was not called for it yet.
    pub(super) unsafe fn release(&self, object: *mut Object) {
        if let Some(release) = self.public.release.get() {
            // SAFETY: the hook was given for objects that have the property.
            unsafe { release(object, self.public.name.get(), self.public.opaque.get()) };
        }
    }

    /// The object that the property of `object` leads to, or NULL.
    ///
    /// # Safety
    ///
    /// `object` has the property.
    pub(crate) unsafe fn resolve(&self, object: *mut Object, part: *const c_char) -> *mut Object {
        match self.public.resolve.get() {
            // SAFETY: the hook was given for objects that have the property.
            Some(resolve) => unsafe { resolve(object, self.public.opaque.get(), part) },
            None => null_mut(),
        }
    }
}

impl Drop for Property {
    fn drop(&mut self) {
        let public = &self.public;
        // SAFETY: the strings are GLib's and belong to the property.
        unsafe {
            g_free(public.name.get().cast());
            g_free(public.r#type.get().cast());
            g_free(public.description.get().cast());
        }
    }
}

/// The kind behind a property's data.
///
/// # Safety
///
/// `opaque` is the data of a live property with a kind.
unsafe fn kind<'a>(opaque: *mut c_void) -> Option<(&'a Property, &'a dyn Kind)> {
    // SAFETY: such data is the property itself.
    let property = unsafe { &*opaque.cast::<Property>() };
    Some((property, property.kind.as_deref()?))
}

unsafe extern "C" fn get_kind(
    object: *mut Object,
    visitor: *mut RawVisitor,
    name: *const c_char,
    opaque: *mut c_void,
    errp: *mut *mut RawError,
) {
    // SAFETY: C passes on what it was given.
    let (visitor, name, destination) =
        unsafe { (Visitor::from_raw(visitor), CStr::from_ptr(name), Destination::from_raw(errp)) };
    // SAFETY: the library's own accessors are given with such data.
    let Some((_, kind)) = (unsafe { kind(opaque) }) else { return };
    match (visitor, kind.get(object, name)) {
        (Visitor::Output(place), Ok(value)) => *place = Some(value),
        (Visitor::Input(_), Ok(_)) => {}
        (_, Err(error)) => error.store(destination, c"object_property_get"),
    }
}

unsafe extern "C" fn set_kind(
    object: *mut Object,
    visitor: *mut RawVisitor,
    name: *const c_char,
    opaque: *mut c_void,
    errp: *mut *mut RawError,
) {
    // SAFETY: C passes on what it was given.
    let (visitor, name, destination) =
        unsafe { (Visitor::from_raw(visitor), CStr::from_ptr(name), Destination::from_raw(errp)) };
    // SAFETY: the library's own accessors are given with such data.
    let Some((_, kind)) = (unsafe { kind(opaque) }) else { return };
    if let Visitor::Input(value) = visitor
        && let Err(error) = kind.set(object, name, value)
    {
        error.store(destination, c"object_property_set");
    }
}

unsafe extern "C" fn resolve_kind(
    object: *mut Object,
    opaque: *mut c_void,
    part: *const c_char,
) -> *mut Object {
    // SAFETY: the library's own hooks are given with such data.
    unsafe { kind(opaque) }.map_or(null_mut(), |(_, kind)| kind.resolve(object, part))
}

unsafe extern "C" fn release_kind(object: *mut Object, _name: *const c_char, opaque: *mut c_void) {
    // SAFETY: the library's own hooks are given with such data.
    if let Some((_, kind)) = unsafe { kind(opaque) } {
        kind.release(object);
    }
}

/// Calls C with a place for an error, and returns the error if it left one there.
pub(crate) fn call_c<R>(call: impl FnOnce(*mut *mut RawError) -> R) -> Result<R, Error> {
    let mut error = null_mut();
    let result = call(&raw mut error);
    // SAFETY: what C left there is the caller's.
    match unsafe { OwnedError::from_raw(error) } {
        Some(error) => Err(error.into()),
        None => Ok(result),
    }
}
