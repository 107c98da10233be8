//! Default values: what new objects of a class start with.

use std::sync::atomic::Ordering;

use super::value::Value;
use super::{Property, access, table};
use crate::abi::qom::object::{Object, ObjectProperty};
use crate::runtime::object::failure;
use crate::runtime::object::types::TypeNode;

/// Gives a property its default; aborts if it has one.
pub(crate) fn set(property: &Property, value: Value) {
    let stored = property.default.set(value);
    ensure!(
        stored.is_ok() && property.public.init.get().is_none(),
        "object_property_set_default: property '{}' has a default value already",
        property.name().to_string_lossy()
    );
    if let Some(value) = property.default.get() {
        // C can see that there is a default, but not which: the value is opaque.
        property.public.defval.set(std::ptr::from_ref(value).cast_mut().cast());
    }
    property.public.init.set(Some(apply));
    if let Some(owner) = property.owner {
        owner.hooks.fetch_or(table::HOOK_INIT, Ordering::Release);
    }
}

/// The hook of properties with a default: sets it.
unsafe extern "C" fn apply(object: *mut Object, property: *mut ObjectProperty) {
    // SAFETY: the hook is called with the property that has it.
    let property = unsafe { Property::from_raw(property) };
    let Some(value) = property.default.get() else { return };
    // SAFETY: `object` is being made and has the property; a default that cannot be
    // set is an error of the program.
    unsafe {
        if let Err(error) = access::set(object, property.name(), value) {
            failure::abort_with(error, c"object_property_set_default");
        }
    }
}

/// Sets the defaults of a new object: those of its own class, then those of the
/// ancestors.
///
/// # Safety
///
/// `object` is zeroed, except for its class and count.
#[inline]
pub(crate) unsafe fn set_all(object: *mut Object, node: &'static TypeNode) {
    for ancestor in node.lineage() {
        if ancestor.hooks.load(Ordering::Acquire) & table::HOOK_INIT != 0 {
            for property in table::class_hooks(ancestor, |it| it.public.init.get().is_some()) {
                if let Some(init) = property.public.init.get() {
                    // SAFETY: the object has the property of its class.
                    unsafe { init(object, property.as_raw()) };
                }
            }
        }
    }
}
