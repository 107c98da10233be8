//! The roots of the composition tree, and containers.

use std::ffi::{CStr, CString};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::property::child;
use super::{failure, instance, path, reference, types};
use crate::abi::qom::object::Object;
use crate::runtime::lock;

/// A container that is made once and lives as long as the process.
struct Root(AtomicPtr<Object>);

impl Root {
    fn get(&self) -> *mut Object {
        let known = self.0.load(Ordering::Acquire);
        if !known.is_null() {
            return known;
        }
        // Not a OnceLock: making the container takes this lock, which another
        // thread may hold that wants the container.
        let _guard = lock::hold();
        let known = self.0.load(Ordering::Acquire);
        if !known.is_null() {
            return known;
        }
        let made = new_container();
        self.0.store(made, Ordering::Release);
        made
    }
}

static ROOT: Root = Root(AtomicPtr::new(null_mut()));
static INTERNAL: Root = Root(AtomicPtr::new(null_mut()));

fn new_container() -> *mut Object {
    let Some(node) = types::find(c"container") else {
        fatal!("container_get: the type 'container' does not exist")
    };
    instance::new(node, "container_get")
}

/// `object_get_root()`.
pub(crate) fn root() -> *mut Object {
    ROOT.get()
}

/// `object_get_internal_root()`.
pub(crate) fn internal() -> *mut Object {
    INTERNAL.get()
}

/// `object_get_objects_root()`.
pub(crate) fn objects() -> *mut Object {
    // SAFETY: the root always lives.
    unsafe { container(root(), c"/objects") }
}

/// The object at `path`, which starts with `/` and is relative to `start`.
/// Containers that are missing are made.
///
/// # Safety
///
/// `start` is live.
pub(crate) unsafe fn container(start: *mut Object, path: &CStr) -> *mut Object {
    ensure!(
        path.to_bytes().starts_with(b"/"),
        "container_get: the path '{}' does not start with '/'",
        path.to_string_lossy()
    );
    // Two threads must not both make what is missing.
    let _guard = lock::hold();
    let mut current = start;
    for part in path.to_bytes().split(|&byte| byte == b'/').filter(|part| !part.is_empty()) {
        let name = CString::new(part).unwrap_or_default();
        // SAFETY: what a property leads to is live.
        let mut next = unsafe { path::component(current, &name) };
        if next.is_null() {
            next = new_container();
            // SAFETY: both are live; the parent takes its own reference.
            unsafe {
                if let Err(error) = child::add(current, &name, next) {
                    failure::abort_with(error, c"container_get");
                }
                reference::drop(next);
            }
        }
        current = next;
    }
    current
}
