//! Creation of instances.

use std::ffi::c_void;
use std::sync::atomic::Ordering;

use glib_sys::{g_free, g_malloc};

use super::class::Layout;
use super::property::default;
use super::types::TypeNode;
use crate::abi::qom::object::{Object, ObjectFree};

/// What `g_malloc` aligns to.
const MALLOC_ALIGN: usize = 16;

/// `object_new()`, once the type is known.
pub(crate) fn new(node: &'static TypeNode, function: &str) -> *mut Object {
    node.class();
    let layout = node.layout();
    ensure!(!layout.is_abstract, "{function}: type '{}' is abstract", node.display());
    let (memory, free) = allocate(layout);
    // SAFETY: the memory is fresh, and as large and aligned as the type asks for.
    let object = unsafe { construct(memory, node, layout) };
    // SAFETY: the object was just made.
    unsafe { (*object).free.set(Some(free)) };
    object
}

/// `object_initialize()`, once the type is known: makes an instance in memory of
/// the caller.
///
/// # Safety
///
/// `memory` is writable for `size` bytes, aligned for the type and not in use.
pub(crate) unsafe fn initialise(
    memory: *mut c_void,
    size: usize,
    node: &'static TypeNode,
) -> *mut Object {
    node.class();
    let layout = node.layout();
    ensure!(!layout.is_abstract, "object_initialize: type '{}' is abstract", node.display());
    ensure!(
        size >= layout.instance_size,
        "object_initialize: {size} bytes are too few for an instance of type '{}', which has {}",
        node.display(),
        layout.instance_size
    );
    // SAFETY: as the caller vouches, and large enough as just checked.
    unsafe { construct(memory, node, layout) }
}

/// Memory for an instance, and what frees it.
fn allocate(layout: &Layout) -> (*mut c_void, ObjectFree) {
    if layout.instance_align <= MALLOC_ALIGN {
        // SAFETY: plain allocation; aborts instead of returning NULL.
        return (unsafe { g_malloc(layout.instance_size) }, g_free);
    }
    let mut memory = std::ptr::null_mut();
    // SAFETY: `memory` receives the result; other alignments than powers of two are
    // refused.
    let result = unsafe {
        libc::posix_memalign(&raw mut memory, layout.instance_align, layout.instance_size)
    };
    ensure!(
        result == 0,
        "object_new: cannot allocate {} bytes aligned to {}",
        layout.instance_size,
        layout.instance_align
    );
    (memory, libc::free)
}

/// Turns memory into an instance with one reference.
///
/// # Safety
///
/// `memory` is writable for the instance size, and aligned for the type.
unsafe fn construct(
    memory: *mut c_void,
    node: &'static TypeNode,
    layout: &'static Layout,
) -> *mut Object {
    let object: *mut Object = memory.cast();
    // SAFETY: the memory has the instance size, at least that of an Object, for
    // which all zeros is a valid value.
    unsafe {
        memory.cast::<u8>().write_bytes(0, layout.instance_size);
        (*object).class.set(node.class());
        (*object).r#ref.store(1, Ordering::Relaxed);
    }
    // SAFETY: the object has its class and count, and no properties yet.
    unsafe { default::set_all(object, node) };
    for init in &layout.init {
        // SAFETY: registered for instances of this type or of an ancestor.
        unsafe { init(object) };
    }
    object
}
