//! A lock-free cache in front of the type table.
//!
//! Callers pass the same few string literals over and over, so the address of a
//! name says which slot to look at. It does not say more: the memory may hold
//! another name by now, hence a hit is only what compares equal.

use std::ffi::{CStr, c_char};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::types::TypeNode;

/// Binary logarithm of the number of slots.
const BITS: u32 = 8;

static SLOTS: [AtomicPtr<TypeNode>; 1 << BITS] = [const { AtomicPtr::new(null_mut()) }; 1 << BITS];

/// The slot of a name (Fibonacci hashing of its address).
#[inline]
fn slot(name: *const c_char) -> &'static AtomicPtr<TypeNode> {
    let hash = (name.addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    &SLOTS[(hash >> (u64::BITS - BITS)) as usize]
}

/// The type called `name`, from the cache or from `find`.
///
/// # Safety
///
/// `name` is NUL-terminated.
#[inline]
pub(super) unsafe fn get(
    name: *const c_char,
    find: fn(&CStr) -> Option<&'static TypeNode>,
) -> Option<&'static TypeNode> {
    let slot = slot(name);
    // SAFETY: slots are NULL or point at types, which are never destroyed; the
    // acquiring load sees them as they were registered.
    if let Some(node) = unsafe { slot.load(Ordering::Acquire).as_ref() } {
        // SAFETY: both strings are NUL-terminated.
        if unsafe { libc::strcmp(node.name().as_ptr(), name) } == 0 {
            return Some(node);
        }
    }
    // SAFETY: NUL-terminated, as the caller vouches.
    let node = find(unsafe { CStr::from_ptr(name) })?;
    slot.store(std::ptr::from_ref(node).cast_mut(), Ordering::Release);
    Some(node)
}
