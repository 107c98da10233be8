//! Functions of `qom/object.h` about the composition tree.

use std::ffi::{c_char, c_int, c_void};

use glib_sys::g_strdup;

use crate::abi::qom::object::Object;
use crate::capi::qom::arguments::{optional_string, string};
use crate::runtime::object::{path, roots, tree};

/// The root of the composition tree: a container that is never freed.
///
/// @return the root, without a reference
#[unsafe(no_mangle)]
pub extern "C" fn object_get_root() -> *mut Object {
    roots::root()
}

/// The container at "/objects", where objects live that users create.
///
/// @return the container, without a reference
#[unsafe(no_mangle)]
pub extern "C" fn object_get_objects_root() -> *mut Object {
    roots::objects()
}

/// A container outside the tree, whose children have no path.
///
/// @return the container, without a reference
#[unsafe(no_mangle)]
pub extern "C" fn object_get_internal_root() -> *mut Object {
    roots::internal()
}

/// Finds or makes a container.
///
/// @param root where the path starts
/// @param path starts with `/`; what is missing on the way is made. Empty components
///     do not count
/// @return the object at the path, without a reference
///
/// # Safety
///
/// `root` is a live object; `path` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn container_get(root: *mut Object, path: *const c_char) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe { roots::container(root, string(path, "container_get")) }
}

/// Takes an object out of its parent, which drops its reference.
///
/// The class's `unparent` runs first, while parent and path still work. Does nothing
/// without a parent, and when called from that function for the same object.
///
/// @param obj an object
///
/// # Safety
///
/// `obj` is a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_unparent(obj: *mut Object) {
    // SAFETY: passed on to the caller.
    unsafe { tree::unparent(obj) };
}

/// The name of an object in its parent.
///
/// @param obj an object
/// @return the name, owned by the parent's property; NULL without a parent
///
/// # Safety
///
/// `obj` is a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_get_canonical_path_component(obj: *const Object) -> *const c_char {
    // SAFETY: passed on to the caller.
    unsafe { path::canonical_component(obj) }.unwrap_or(std::ptr::null())
}

/// The path of an object.
///
/// @param obj an object
/// @return the path, to be freed with `g_free()`; NULL if the object is not in the
///     tree
///
/// # Safety
///
/// `obj` is a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_get_canonical_path(obj: *const Object) -> *mut c_char {
    // SAFETY: passed on to the caller.
    unsafe { path::canonical(obj).map_or(std::ptr::null_mut(), |path| g_strdup(path.as_ptr())) }
}

/// Follows one property: to a child, or where a link leads.
///
/// @param parent an object
/// @param part name of a property
/// @return the object there, without a reference; NULL if there is none
///
/// # Safety
///
/// `parent` is a live object; `part` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_resolve_path_component(
    parent: *mut Object,
    part: *const c_char,
) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe { path::component(parent, string(part, "object_resolve_path_component")) }
}

/// Follows a path from an object, or from the root if it starts with `/`.
///
/// @param parent an object
/// @param path a path
/// @return the object there, without a reference; NULL if there is none
///
/// # Safety
///
/// `parent` is a live object; `path` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_resolve_path_at(
    parent: *mut Object,
    path: *const c_char,
) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe { path::resolve_at(parent, string(path, "object_resolve_path_at")) }
}

/// Finds an object by its path, or by the end of it.
///
/// A path that starts with `/` is followed from the root. Any other path may start at
/// every object of the tree; it must match one object only.
///
/// @param path a path
/// @param ambiguous set to whether several objects match; may be NULL
/// @return the object, without a reference; NULL if none or several match
///
/// # Safety
///
/// `path` is a C string; `ambiguous` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_resolve_path(
    path: *const c_char,
    ambiguous: *mut bool,
) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe { object_resolve_path_type(path, std::ptr::null(), ambiguous) }
}

/// Same as `object_resolve_path()`, but only objects of a type match.
///
/// @param path a path; "" matches every object of the type
/// @param type_name name of a type or interface
/// @param ambiguous set to whether several objects match; may be NULL
/// @return the object, without a reference; NULL if none or several match
///
/// # Safety
///
/// `path` is a C string; `type_name` is NULL or a C string; `ambiguous` is NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_resolve_path_type(
    path: *const c_char,
    type_name: *const c_char,
    ambiguous: *mut bool,
) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe {
        let path = string(path, "object_resolve_path");
        let (found, several) = path::resolve(path, optional_string(type_name));
        if !ambiguous.is_null() {
            *ambiguous = several;
        }
        found
    }
}

/// Calls a function with each child of an object.
///
/// @param obj an object
/// @param fn called with a child and `opaque`; something other than 0 ends the walk
/// @param opaque passed to `fn`
/// @return what the last call returned; 0 if there was none
///
/// # Safety
///
/// `obj` is a live object; the functions can be called with such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_child_foreach(
    obj: *mut Object,
    r#fn: Option<unsafe extern "C" fn(child: *mut Object, opaque: *mut c_void) -> c_int>,
    opaque: *mut c_void,
) -> c_int {
    let Some(function) = r#fn else { return 0 };
    // SAFETY: passed on to the caller.
    unsafe { tree::for_each_child(obj, false, &mut |child| function(child, opaque)) }
}

/// Calls a function with each object below an object, parents first; see
/// `object_child_foreach()`.
///
/// # Safety
///
/// `obj` is a live object; the functions can be called with such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_child_foreach_recursive(
    obj: *mut Object,
    r#fn: Option<unsafe extern "C" fn(child: *mut Object, opaque: *mut c_void) -> c_int>,
    opaque: *mut c_void,
) -> c_int {
    let Some(function) = r#fn else { return 0 };
    // SAFETY: passed on to the caller.
    unsafe { tree::for_each_child(obj, true, &mut |child| function(child, opaque)) }
}
