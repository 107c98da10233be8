//! Interface classes.
//!
//! An implementing class has an interface class of its own for each interface, so
//! that it can store its methods there. It is derived from the one of the parent
//! class if that implements the interface as well, else from the interface's own
//! class. Such a class belongs to a type `IMPLEMENTER::INTERFACE` that no lookup
//! finds.

use std::ptr::null_mut;

use glib_sys::{GSList, g_slist_append};

use super::class::{derive_interface, type_of};
use super::types::{self, TypeNode};
use crate::abi::qom::object::{InterfaceClass, ObjectClass};

/// The interface classes of a class, in order.
///
/// # Safety
///
/// `class` is a live class whose list does not change meanwhile.
pub(super) unsafe fn interfaces_of(
    class: *mut ObjectClass,
) -> impl Iterator<Item = *mut ObjectClass> {
    // SAFETY: the class is live.
    let mut next: *const GSList = unsafe { (*class).interfaces.get() };
    std::iter::from_fn(move || {
        // SAFETY: a node of the class's list, or NULL at its end.
        let node = unsafe { next.as_ref() }?;
        next = node.next;
        Some(node.data.cast())
    })
}

/// Gives `class` its interface classes: those of its parent's interfaces, then
/// those that its type names and that are not covered by one of the former.
pub(super) fn adopt(node: &'static TypeNode, class: *mut ObjectClass) {
    if let Some(parent) = node.parent() {
        // SAFETY: the parent's class is complete, or under construction by this
        // thread and past this step.
        for inherited in unsafe { interfaces_of(parent.class()) } {
            // SAFETY: interface classes are live InterfaceClass structs.
            let interface = unsafe {
                TypeNode::from_handle((*inherited.cast::<InterfaceClass>()).interface_type.get())
            };
            // SAFETY: interface classes are live.
            add(node, class, interface, unsafe { type_of(inherited) });
        }
    }
    for name in &node.description.interfaces {
        let Some(interface) = types::find(name) else {
            fatal!(
                "type '{}': its interface '{}' does not exist",
                node.display(),
                name.to_string_lossy()
            )
        };
        ensure!(
            interface.is_interface(),
            "type '{}': '{}' is not an interface",
            node.display(),
            interface.display()
        );
        // SAFETY: `class` is live; its list only changes below, in `add`.
        let mut present = unsafe { interfaces_of(class) };
        // SAFETY: interface classes are live.
        if !present.any(|it| unsafe { type_of(it) }.is_a(interface)) {
            add(node, class, interface, interface);
        }
    }
}

/// Appends a new interface class for `interface`, derived from `parent`.
fn add(
    node: &'static TypeNode,
    class: *mut ObjectClass,
    interface: &'static TypeNode,
    parent: &'static TypeNode,
) {
    let made = derive_interface(node, interface, parent);
    // SAFETY: `made` descends from "interface", whose class is an InterfaceClass;
    // `class` is being built by this thread alone.
    unsafe {
        (*made.cast::<InterfaceClass>()).concrete_class.set(class);
        (*made.cast::<InterfaceClass>()).interface_type.set(interface.handle());
        (*class).interfaces.set(g_slist_append((*class).interfaces.get(), made.cast()));
    }
}

/// The only interface class of `class` that descends from `target`; NULL if there
/// is none or more than one.
///
/// # Safety
///
/// `class` is a live class.
pub(super) unsafe fn sole_implementation(
    class: *mut ObjectClass,
    target: &'static TypeNode,
) -> *mut ObjectClass {
    // SAFETY: the class is live and its interfaces are settled.
    let all = unsafe { interfaces_of(class) };
    // SAFETY: interface classes are live.
    let mut matching = all.filter(|&it| unsafe { type_of(it) }.is_a(target));
    match (matching.next(), matching.next()) {
        (Some(only), None) => only,
        _ => null_mut(),
    }
}
