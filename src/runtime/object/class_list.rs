//! Walking over all classes.

use super::cast;
use super::types;
use crate::abi::qom::object::ObjectClass;
use std::ffi::c_char;

/// Calls `visit` with every class: only with those that can be cast to
/// `implements`, unless it is NULL, and only with abstract ones if asked.
///
/// Every registered class is initialised. The walk is over the types of this
/// moment: `visit` may register more.
///
/// # Safety
///
/// `implements` is NULL or NUL-terminated.
pub(crate) unsafe fn for_each(
    implements: *const c_char,
    include_abstract: bool,
    mut visit: impl FnMut(*mut ObjectClass),
) {
    for node in types::all() {
        let class = node.class();
        if node.layout().is_abstract && !include_abstract {
            continue;
        }
        // SAFETY: the class is initialised; the name is as the caller vouches.
        if implements.is_null() || !unsafe { cast::class_dynamic_cast(class, implements) }.is_null()
        {
            visit(class);
        }
    }
}
