//! Walking over the properties of an object or class from C.

use std::ptr::{from_mut, null_mut};

use glib_sys::{
    GFALSE, GHashTable, GHashTableIter, g_hash_table_iter_init, g_hash_table_iter_next,
    g_hash_table_new,
};

use crate::abi::qom::object::{Object, ObjectClass, ObjectProperty, ObjectPropertyIterator};
use crate::runtime::object::class::type_of;
use crate::runtime::object::types::TypeNode;

/// Starts at `table`, and goes on with `next` and its ancestors.
///
/// # Safety
///
/// `iterator` is writable, `table` NULL or live.
unsafe fn start(
    iterator: *mut ObjectPropertyIterator,
    table: *mut GHashTable,
    next: *mut ObjectClass,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        (*iterator).nextclass = next;
        enter(&raw mut (*iterator).iter, table);
    }
}

/// Positions `iter` in front of the first entry of `table`.
///
/// # Safety
///
/// `iter` is writable, `table` NULL or live.
unsafe fn enter(iter: *mut GHashTableIter, table: *mut GHashTable) {
    // SAFETY: passed on to the caller; an empty table stands in for NULL.
    unsafe { g_hash_table_iter_init(iter, if table.is_null() { empty() } else { table }) };
}

/// A table without entries.
fn empty() -> *mut GHashTable {
    struct Empty(*mut GHashTable);
    // SAFETY: the table never changes, so any thread may walk over it.
    unsafe impl Send for Empty {}
    // SAFETY: as above.
    unsafe impl Sync for Empty {}
    static EMPTY: std::sync::LazyLock<Empty> =
        // SAFETY: plain allocation.
        std::sync::LazyLock::new(|| Empty(unsafe { g_hash_table_new(None, None) }));
    EMPTY.0
}

/// Starts with an object's own properties; its classes' follow.
///
/// # Safety
///
/// `iterator` is writable, `object` live.
pub(crate) unsafe fn over_object(iterator: *mut ObjectPropertyIterator, object: *mut Object) {
    // SAFETY: passed on to the caller.
    unsafe { start(iterator, (*object).properties.get(), (*object).class.get()) };
}

/// Starts with a class's own properties; its ancestors' follow.
///
/// # Safety
///
/// `iterator` is writable, `class` live.
pub(crate) unsafe fn over_class(iterator: *mut ObjectPropertyIterator, class: *mut ObjectClass) {
    // SAFETY: passed on to the caller.
    unsafe { start(iterator, (*class).properties.get(), parent(class)) };
}

/// The parent class, or NULL.
///
/// # Safety
///
/// `class` is live.
unsafe fn parent(class: *mut ObjectClass) -> *mut ObjectClass {
    // SAFETY: passed on to the caller.
    unsafe { type_of(class) }.parent().map_or(null_mut(), TypeNode::class)
}

/// The next property; NULL at the end.
///
/// # Safety
///
/// `iterator` was started, and no table changed since.
pub(crate) unsafe fn next(iterator: *mut ObjectPropertyIterator) -> *mut ObjectProperty {
    // SAFETY: passed on to the caller.
    let it = unsafe { &mut *iterator };
    loop {
        let mut property = null_mut();
        // SAFETY: the position is in a live table.
        let found = unsafe {
            g_hash_table_iter_next(from_mut(&mut it.iter), null_mut(), &raw mut property)
        };
        if found != GFALSE {
            return property.cast();
        }
        let class = it.nextclass;
        if class.is_null() {
            return null_mut();
        }
        // SAFETY: classes live as long as the process.
        unsafe {
            it.nextclass = parent(class);
            enter(from_mut(&mut it.iter), (*class).properties.get());
        }
    }
}
