//! The properties of one object or class.
//!
//! A table is a `GHashTable` from the property's name to a counted reference; NULL
//! is an empty table, so that an object without properties costs nothing. One lock
//! guards all tables; it is never held across a call of anybody else's code.

use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use glib_sys::{
    GHashTable, g_hash_table_destroy, g_hash_table_foreach, g_hash_table_insert,
    g_hash_table_lookup, g_hash_table_new_full, g_hash_table_remove, g_str_equal, g_str_hash,
    gpointer,
};

use super::{Behaviour, Property};
use crate::abi::qom::object::{Object, ObjectClass};
use crate::error::Error;
use crate::runtime::object::class::type_of;
use crate::runtime::object::types::TypeNode;
use crate::runtime::text::shown;

/// A class has properties with a `release` hook.
pub(crate) const HOOK_RELEASE: u8 = 1;
/// A class has properties with a default value.
pub(crate) const HOOK_INIT: u8 = 2;

/// Highest number that replaces `[*]` in a name.
const LAST_INDEX: u32 = 32766;

static LOCK: Mutex<()> = Mutex::new(());

/// Proof that the table lock is held.
pub(super) struct Locked(
    #[allow(dead_code, reason = "held until dropped")] MutexGuard<'static, ()>,
);

/// Takes the table lock. Nothing that may call back is done while it is held.
pub(super) fn lock() -> Locked {
    Locked(LOCK.lock().unwrap_or_else(PoisonError::into_inner))
}

unsafe extern "C" fn drop_property(data: gpointer) {
    // SAFETY: the tables hold what `insert` put into them, once.
    drop(unsafe { Arc::from_raw(data.cast_const().cast::<Property>()) });
}

/// One table, NULL if it is empty; valid while the lock is held.
#[derive(Clone, Copy)]
pub(super) struct Table<'a>(*mut GHashTable, PhantomData<&'a Locked>);

impl<'a> Table<'a> {
    /// The properties of an object.
    ///
    /// # Safety
    ///
    /// `object` is live.
    pub(super) unsafe fn of_object(_locked: &'a Locked, object: *mut Object) -> Self {
        // SAFETY: passed on to the caller.
        Self(unsafe { (*object).properties.get() }, PhantomData)
    }

    /// The properties of a class, not of its ancestors.
    ///
    /// # Safety
    ///
    /// `class` is live.
    pub(super) unsafe fn of_class(_locked: &'a Locked, class: *mut ObjectClass) -> Self {
        // SAFETY: passed on to the caller.
        Self(unsafe { (*class).properties.get() }, PhantomData)
    }

    /// The property called `name`.
    pub(super) fn get(self, name: &CStr) -> Option<Arc<Property>> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: a live table with strings as keys.
        let found = unsafe { g_hash_table_lookup(self.0, name.as_ptr().cast()) };
        // SAFETY: the table holds what `insert` put there, and the lock keeps it.
        (!found.is_null()).then(|| unsafe { share(found.cast()) })
    }

    /// The properties that `wanted` picks.
    pub(super) fn pick(self, wanted: impl Fn(&Property) -> bool) -> Vec<Arc<Property>> {
        struct Search<'a> {
            wanted: &'a dyn Fn(&Property) -> bool,
            found: Vec<Arc<Property>>,
        }
        unsafe extern "C" fn collect(_name: gpointer, data: gpointer, search: gpointer) {
            let property: *const Property = data.cast_const().cast();
            // SAFETY: `search` is the one below, `data` what `insert` put into the
            // table.
            unsafe {
                let search = &mut *search.cast::<Search<'_>>();
                if (search.wanted)(&*property) {
                    search.found.push(share(property));
                }
            }
        }
        let mut search = Search { wanted: &wanted, found: Vec::new() };
        if !self.0.is_null() {
            // SAFETY: a live table, which `collect` does not change.
            unsafe { g_hash_table_foreach(self.0, Some(collect), (&raw mut search).cast()) };
        }
        search.found
    }
}

/// Another reference to a property in a table.
///
/// # Safety
///
/// `property` is in a table, and the lock is held.
unsafe fn share(property: *const Property) -> Arc<Property> {
    // SAFETY: the pointer came from `Arc::into_raw`, and the table's reference
    // keeps it alive; the new reference is counted first.
    unsafe {
        Arc::increment_strong_count(property);
        Arc::from_raw(property)
    }
}

/// Puts a property into a table, which is made if it is NULL.
fn insert(table: &std::cell::Cell<*mut GHashTable>, property: Arc<Property>) {
    if table.get().is_null() {
        // SAFETY: plain allocation of a table with strings as keys.
        table.set(unsafe {
            g_hash_table_new_full(Some(g_str_hash), Some(g_str_equal), None, Some(drop_property))
        });
    }
    let key = property.public.name.get();
    // SAFETY: the key lives as long as the property, which the table now owns.
    unsafe {
        g_hash_table_insert(table.get(), key.cast(), Arc::into_raw(property).cast_mut().cast());
    }
}

/// Looks a property up in a class and its ancestors, root first.
///
/// # Safety
///
/// `class` is live.
unsafe fn find_in_classes(
    locked: &Locked,
    class: *mut ObjectClass,
    name: &CStr,
) -> Option<Arc<Property>> {
    // SAFETY: the class is live, and so are the ancestors' classes.
    let node = unsafe { type_of(class) };
    node.lineage().iter().rev().find_map(|ancestor| {
        let class = ancestor.class.load(Ordering::Acquire);
        // SAFETY: as above; a class is set before those of its descendants.
        unsafe { Table::of_class(locked, class) }.get(name)
    })
}

/// The property of an object, or of its classes.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn find(object: *mut Object, name: &CStr) -> Option<Arc<Property>> {
    let locked = lock();
    // SAFETY: passed on to the caller.
    unsafe {
        find_in_classes(&locked, (*object).class.get(), name)
            .or_else(|| Table::of_object(&locked, object).get(name))
    }
}

/// The property of a class or an ancestor.
///
/// # Safety
///
/// `class` is live.
pub(crate) unsafe fn find_in_class(class: *mut ObjectClass, name: &CStr) -> Option<Arc<Property>> {
    let locked = lock();
    // SAFETY: passed on to the caller.
    unsafe { find_in_classes(&locked, class, name) }
}

/// The property of an object itself, not of its classes.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn find_own(object: *mut Object, name: &CStr) -> Option<Arc<Property>> {
    let locked = lock();
    // SAFETY: passed on to the caller.
    unsafe { Table::of_object(&locked, object) }.get(name)
}

/// The property of this very class.
///
/// # Safety
///
/// `class` is live.
pub(crate) unsafe fn find_own_of_class(
    class: *mut ObjectClass,
    name: &CStr,
) -> Option<Arc<Property>> {
    let locked = lock();
    // SAFETY: passed on to the caller.
    unsafe { Table::of_class(&locked, class) }.get(name)
}

/// Gives an object a property. A name that ends in `[*]` gets the lowest free
/// number there.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn add(
    object: *mut Object,
    name: &CStr,
    type_name: &CStr,
    behaviour: Behaviour,
) -> Result<Arc<Property>, Error> {
    let locked = lock();
    // SAFETY: the object is live.
    let class = unsafe { (*object).class.get() };
    let taken = |name: &CStr| {
        // SAFETY: object and class are live.
        unsafe {
            find_in_classes(&locked, class, name)
                .or_else(|| Table::of_object(&locked, object).get(name))
                .is_some()
        }
    };
    let name = match name.to_bytes().strip_suffix(b"[*]") {
        Some(stem) => numbered(stem, taken),
        None if taken(name) => {
            // SAFETY: the class is live.
            let owner = unsafe { type_of(class) };
            return Err(Error::new(format!(
                "Cannot add property '{}' to an object of type '{}': it has one of that name",
                shown(name),
                owner.display()
            )));
        }
        None => name.to_owned(),
    };
    let property = Property::new(&name, type_name, behaviour, None);
    // SAFETY: the object is live.
    insert(unsafe { &(*object).properties }, property.clone());
    Ok(property)
}

/// The first free name `stem[N]`.
fn numbered(stem: &[u8], taken: impl Fn(&CStr) -> bool) -> CString {
    let name = |index: u32| {
        let bytes = [stem, format!("[{index}]").as_bytes()].concat();
        CString::new(bytes).unwrap_or_default()
    };
    (0..=LAST_INDEX).map(name).find(|name| !taken(name)).unwrap_or_else(|| {
        fatal!("object_property_add: no number is free for '{}'", String::from_utf8_lossy(stem))
    })
}

/// Gives a class a property; aborts if it or an ancestor has one of that name.
///
/// # Safety
///
/// `class` is live.
pub(crate) unsafe fn add_to_class(
    class: *mut ObjectClass,
    name: &CStr,
    type_name: &CStr,
    behaviour: Behaviour,
) -> Arc<Property> {
    let locked = lock();
    // SAFETY: the class is live.
    let (node, taken) = unsafe { (type_of(class), find_in_classes(&locked, class, name)) };
    ensure!(
        taken.is_none(),
        "object_class_property_add: type '{}' has a property '{}' already",
        node.display(),
        shown(name)
    );
    let property = Property::new(name, type_name, behaviour, Some(node));
    if property.public.release.get().is_some() {
        node.hooks.fetch_or(HOOK_RELEASE, Ordering::Release);
    }
    // SAFETY: the class is live.
    insert(unsafe { &(*class).properties }, property.clone());
    property
}

/// Takes a property of an object out of its table, if it is there.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn remove(object: *mut Object, property: &Property) {
    let _locked = lock();
    // SAFETY: the object is live.
    let table = unsafe { (*object).properties.get() };
    if table.is_null() {
        return;
    }
    let key = property.public.name.get();
    // SAFETY: a live table with strings as keys. The caller's reference keeps the
    // property, and with it the key, through the removal.
    unsafe {
        if std::ptr::eq(g_hash_table_lookup(table, key.cast()).cast(), property) {
            g_hash_table_remove(table, key.cast());
        }
    }
}

/// The properties of an object whose `release` hook is still to be called.
///
/// # Safety
///
/// `object` is live or being finalised.
unsafe fn awaiting_release(object: *mut Object) -> Vec<Arc<Property>> {
    let locked = lock();
    // SAFETY: passed on to the caller.
    unsafe { Table::of_object(&locked, object) }.pick(Property::awaits_release)
}

/// Calls every `release` hook for an object that is being finalised, once each:
/// the hooks of its own properties, then those of its classes, from its own to the
/// root's. A hook may add and remove properties.
///
/// # Safety
///
/// The last reference was dropped by this thread.
pub(crate) unsafe fn release_all(object: *mut Object) {
    // SAFETY: passed on to the caller.
    unsafe {
        release_own(object);
        // SAFETY: the class of an object is live.
        for node in type_of((*object).class.get()).lineage() {
            if node.hooks.load(Ordering::Acquire) & HOOK_RELEASE != 0 {
                release_class(object, node);
                release_own(object);
            }
        }
        let table = (*object).properties.replace(std::ptr::null_mut());
        if !table.is_null() {
            let _locked = lock();
            g_hash_table_destroy(table);
        }
    }
}

/// The part of [`release_all`] for the object's own properties.
///
/// # Safety
///
/// As [`release_all`].
unsafe fn release_own(object: *mut Object) {
    // SAFETY: the object's memory is valid.
    while !unsafe { (*object).properties.get() }.is_null() {
        // SAFETY: passed on to the caller.
        let waiting = unsafe { awaiting_release(object) };
        if waiting.is_empty() {
            break;
        }
        for property in waiting {
            if property.claim_release() {
                // SAFETY: claimed, so this is the only call.
                unsafe { property.release(object) };
            }
        }
    }
}

/// The properties of one class that `wanted` picks.
pub(in crate::runtime::object) fn class_hooks(
    node: &'static TypeNode,
    wanted: impl Fn(&Property) -> bool,
) -> Vec<Arc<Property>> {
    let locked = lock();
    // SAFETY: only asked about types that have objects, so their class is made.
    unsafe { Table::of_class(&locked, node.class.load(Ordering::Acquire)) }.pick(wanted)
}

/// The part of [`release_all`] for the properties of one class.
///
/// # Safety
///
/// As [`release_all`].
unsafe fn release_class(object: *mut Object, node: &'static TypeNode) {
    for property in class_hooks(node, |property| property.public.release.get().is_some()) {
        // SAFETY: each class property is listed once.
        unsafe { property.release(object) };
    }
}
