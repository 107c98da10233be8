//! Taking objects out of the composition tree, and walking over it.

use super::property::{child, table};
use super::reference;
use crate::abi::qom::object::Object;

/// Takes an object out of its parent, if it has one. A call from the object's own
/// `unparent` hook does nothing.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn unparent(object: *mut Object) {
    // SAFETY: passed on to the caller.
    let parent = unsafe { (*object).parent.get() };
    if parent.is_null() {
        return;
    }
    // SAFETY: a parent outlives its children.
    let Some(property) = (unsafe { child::property_of(parent, object) }) else { return };
    if !property.claim_release() {
        return;
    }
    // SAFETY: claimed, so the hook is only called here. It may drop the last
    // reference to the parent: that is kept until the property is gone, unless the
    // parent is being finalised, which then waits for this call.
    unsafe {
        let kept = reference::take_if_alive(parent);
        property.release(parent);
        table::remove(parent, &property);
        if kept {
            reference::drop(parent);
        }
    }
}

/// Removes a property of an object; aborts if there is none.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn delete_property(object: *mut Object, name: &std::ffi::CStr) {
    // SAFETY: passed on to the caller.
    let Some(property) = (unsafe { table::find_own(object, name) }) else {
        fatal!("object_property_del: the object has no property '{}'", name.to_string_lossy())
    };
    if property.claim_release() {
        // SAFETY: claimed, so the hook is only called here.
        unsafe { property.release(object) };
    }
    // SAFETY: passed on to the caller.
    unsafe { table::remove(object, &property) };
}

/// Calls `visit` with the children of `object`, and theirs if `recursive`, until it
/// returns something other than 0; returns that.
///
/// # Safety
///
/// `object` is live.
pub(crate) unsafe fn for_each_child(
    object: *mut Object,
    recursive: bool,
    visit: &mut dyn FnMut(*mut Object) -> i32,
) -> i32 {
    let mut result = 0;
    // SAFETY: passed on to the caller; each child comes with a reference.
    unsafe {
        for child in child::all_owned(object) {
            // A child that an earlier call took out is skipped.
            if result == 0 && std::ptr::eq((*child).parent.get(), object) {
                result = visit(child);
                if result == 0 && recursive {
                    result = for_each_child(child, true, visit);
                }
            }
            reference::drop(child);
        }
    }
    result
}
