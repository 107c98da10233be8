//! Reference counts, and what happens when the last reference is dropped.

use std::ffi::c_int;
use std::sync::atomic::Ordering;

use super::class::type_of;
use super::property::table;
use crate::abi::qom::object::Object;

/// Takes a reference.
///
/// # Safety
///
/// `object` is live.
#[inline]
pub(crate) unsafe fn take(object: *mut Object) {
    // SAFETY: the object is live.
    let count = unsafe { (*object).r#ref.fetch_add(1, Ordering::SeqCst) };
    ensure!(count < c_int::MAX as u32, "object_ref: too many references to one object");
}

/// Takes a reference unless the object is being finalised.
///
/// # Safety
///
/// The object's memory is valid.
pub(super) unsafe fn take_if_alive(object: *mut Object) -> bool {
    // SAFETY: passed on to the caller.
    let count = unsafe { &(*object).r#ref };
    let more = |count: u32| (count > 0).then(|| count + 1);
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
}

/// Drops a reference; the last one finalises the object, on this thread.
///
/// # Safety
///
/// `object` is live, and the caller owns one reference.
#[inline]
pub(crate) unsafe fn drop(object: *mut Object) {
    // SAFETY: the object is live.
    let count = unsafe { (*object).r#ref.fetch_sub(1, Ordering::SeqCst) };
    ensure!(count > 0, "object_unref: the object has no reference left");
    if count == 1 {
        // SAFETY: that was the last reference, so nobody else uses the object.
        unsafe { finalise(object) };
    }
}

/// Ends the life of an object.
///
/// # Safety
///
/// Its last reference was dropped by this thread.
unsafe fn finalise(object: *mut Object) {
    // SAFETY: the memory stays valid until `free` below.
    let it = unsafe { &*object };
    // SAFETY: an object's class is live.
    let layout = unsafe { type_of(it.class.get()) }.layout();
    // SAFETY: as the caller vouches.
    unsafe { table::release_all(object) };
    for finalize in &layout.finalize {
        // SAFETY: registered for instances of this type or of an ancestor.
        unsafe { finalize(object) };
    }
    ensure!(
        it.r#ref.load(Ordering::Relaxed) == 0,
        "object_unref: a finaliser kept a reference to its object"
    );
    ensure!(it.parent.get().is_null(), "object_unref: a finalised object still has a parent");
    if let Some(free) = it.free.get() {
        // SAFETY: `free` belongs to the memory of the object, which is dead.
        unsafe { free(object.cast()) };
    }
}
