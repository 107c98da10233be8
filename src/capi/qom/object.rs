//! Functions of `qom/object.h`: types, classes, casts and instances here, the
//! others in the files of the directory `object`.

pub mod access;
pub mod creation;
pub mod description;
pub mod link;
pub mod property;
pub mod tree;

use std::ffi::{c_char, c_int, c_void};

use glib_sys::{GSList, g_ascii_strcasecmp, g_slist_prepend, g_slist_sort};

use crate::abi::qom::object::{Object, ObjectClass, Type, TypeInfo};
use crate::runtime::object::types::TypeNode;
use crate::runtime::object::{cast, class, class_list, instance, reference, types};

/// Registers a type.
///
/// Nothing is looked up yet: the parent and the interfaces may be registered
/// later. The names are copied; the functions and `class_data` are kept as they
/// are. Aborts if the name is taken or `parent` is NULL. May be called from any
/// thread.
///
/// @param info describes the type; not used after the call
/// @return the type
///
/// # Safety
///
/// `info` is a complete description.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn type_register(info: *const TypeInfo) -> Type {
    // SAFETY: passed on to the caller.
    unsafe { types::register_info(info) }
}

/// Same as `type_register()`.
///
/// # Safety
///
/// `info` is a complete description.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn type_register_static(info: *const TypeInfo) -> Type {
    // SAFETY: passed on to the caller.
    unsafe { types::register_info(info) }
}

/// Registers types, in order; see `type_register()`.
///
/// @param infos the first of the descriptions
/// @param nr_infos how many there are
///
/// # Safety
///
/// `infos` points to complete descriptions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn type_register_static_array(infos: *const TypeInfo, nr_infos: c_int) {
    for index in 0..usize::try_from(nr_infos).unwrap_or(0) {
        // SAFETY: the caller vouches for `nr_infos` descriptions.
        unsafe { types::register_info(infos.add(index)) };
    }
}

/// Creates an object.
///
/// Aborts if the type is unknown or abstract. May be called from any thread.
///
/// @param type_name name of the type
/// @return the object, with one reference that the caller owns; never NULL
///
/// # Safety
///
/// `type_name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_new(type_name: *const c_char) -> *mut Object {
    // SAFETY: passed on to the caller.
    instance::new(unsafe { types::find_known(type_name, "object_new") }, "object_new")
}

/// Creates an object, as `object_new()`.
///
/// @param klass its class
/// @return the object, with one reference that the caller owns; never NULL
///
/// # Safety
///
/// `klass` is a live class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_new_with_class(klass: *mut ObjectClass) -> *mut Object {
    // SAFETY: passed on to the caller.
    instance::new(unsafe { class::type_of(klass) }, "object_new_with_class")
}

/// Makes an object in memory of the caller.
///
/// The memory is not freed with the object, unless the caller stores a function
/// in its `free`. Aborts if the type is unknown or abstract or the memory too
/// small. Bytes beyond the instance size of the type are left alone.
///
/// @param obj the memory, aligned for the type
/// @param size how many bytes there are
/// @param type_name name of the type
///
/// # Safety
///
/// `obj` is writable for `size` bytes, aligned for the type and not in use;
/// `type_name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_initialize(
    obj: *mut c_void,
    size: usize,
    type_name: *const c_char,
) {
    // SAFETY: passed on to the caller.
    unsafe { instance::initialise(obj, size, types::find_known(type_name, "object_initialize")) };
}

/// Takes a reference. May be called from any thread.
///
/// @param obj an object, or NULL
/// @return the object
///
/// # Safety
///
/// `obj` is NULL or a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_ref(obj: *mut c_void) -> *mut Object {
    let object: *mut Object = obj.cast();
    if !object.is_null() {
        // SAFETY: passed on to the caller.
        unsafe { reference::take(object) };
    }
    object
}

/// Drops a reference. May be called from any thread.
///
/// The thread that drops the last one finalises the object before this function
/// returns: its properties are released (children leave it), the
/// `instance_finalize` of its type and of the ancestors run, the memory is freed.
///
/// @param obj an object that the caller owns a reference to, or NULL
///
/// # Safety
///
/// `obj` is NULL or a live object, and the caller owns a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_unref(obj: *mut c_void) {
    if !obj.is_null() {
        // SAFETY: passed on to the caller.
        unsafe { reference::drop(obj.cast()) };
    }
}

/// The class of an object.
///
/// @param obj an object; not NULL
/// @return its class
///
/// # Safety
///
/// `obj` is a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_get_class(obj: *mut Object) -> *mut ObjectClass {
    // SAFETY: passed on to the caller.
    unsafe { (*obj).class.get() }
}

/// The name of an object's type.
///
/// @param obj an object; not NULL
/// @return the name, owned by the type
///
/// # Safety
///
/// `obj` is a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_get_typename(obj: *const Object) -> *const c_char {
    // SAFETY: passed on to the caller.
    unsafe { class::type_of((*obj).class.get()) }.name().as_ptr()
}

/// Casts an object.
///
/// @param obj an object, or NULL
/// @param type_name name of a type or interface
/// @return `obj` if it is an instance of the type, else NULL
///
/// # Safety
///
/// `obj` is NULL or a live object; `type_name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_dynamic_cast(
    obj: *mut Object,
    type_name: *const c_char,
) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe { cast::dynamic_cast(obj, type_name) }
}

/// Casts an object that must be of the type: aborts if it is not. The cast macros
/// and functions end here.
///
/// @param obj an object, or NULL
/// @param type_name name of a type or interface
/// @param file source file of the cast, for the message
/// @param line line of the cast
/// @param func function with the cast
/// @return `obj`
///
/// # Safety
///
/// `obj` is NULL or a live object; `type_name`, `file` and `func` are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_dynamic_cast_assert(
    obj: *mut Object,
    type_name: *const c_char,
    file: *const c_char,
    line: c_int,
    func: *const c_char,
) -> *mut Object {
    let place = cast::Place { file, line, function: func };
    // SAFETY: passed on to the caller.
    unsafe { cast::checked_cast(obj, type_name, &place) }
}

/// Casts a class.
///
/// @param klass a class, or NULL
/// @param type_name name of a type or interface
/// @return `klass` if its type is the named one or descends from it; for an
///     interface that `klass` implements, the interface class with the methods of
///     `klass`, provided there is exactly one; else NULL
///
/// # Safety
///
/// `klass` is NULL or a live class; `type_name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_dynamic_cast(
    klass: *mut ObjectClass,
    type_name: *const c_char,
) -> *mut ObjectClass {
    // SAFETY: passed on to the caller.
    unsafe { cast::class_dynamic_cast(klass, type_name) }
}

/// Casts a class that must be of the type: aborts if it is not. The cast macros
/// and functions end here.
///
/// @param klass a class, or NULL
/// @param type_name name of a type or interface
/// @param file source file of the cast, for the message
/// @param line line of the cast
/// @param func function with the cast
/// @return as `object_class_dynamic_cast()`
///
/// # Safety
///
/// `klass` is NULL or a live class; `type_name`, `file` and `func` are C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_dynamic_cast_assert(
    klass: *mut ObjectClass,
    type_name: *const c_char,
    file: *const c_char,
    line: c_int,
    func: *const c_char,
) -> *mut ObjectClass {
    let place = cast::Place { file, line, function: func };
    // SAFETY: passed on to the caller.
    unsafe { cast::checked_class_cast(klass, type_name, &place) }
}

/// Looks a class up.
///
/// @param type_name name of a type, or NULL
/// @return its class, initialised; NULL if there is no such type
///
/// # Safety
///
/// `type_name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_by_name(type_name: *const c_char) -> *mut ObjectClass {
    // SAFETY: passed on to the caller.
    unsafe { types::find_raw(type_name) }.map_or(std::ptr::null_mut(), TypeNode::class)
}

/// Same as `object_class_by_name()`: there are no loadable modules.
///
/// # Safety
///
/// `type_name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn module_object_class_by_name(type_name: *const c_char) -> *mut ObjectClass {
    // SAFETY: passed on to the caller.
    unsafe { object_class_by_name(type_name) }
}

/// The parent of a class.
///
/// @param klass a class
/// @return its parent class, or NULL for a root
///
/// # Safety
///
/// `klass` is a live class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_get_parent(klass: *mut ObjectClass) -> *mut ObjectClass {
    // SAFETY: passed on to the caller.
    unsafe { class::type_of(klass) }.parent().map_or(std::ptr::null_mut(), TypeNode::class)
}

/// The name of a class's type.
///
/// @param klass a class
/// @return the name, owned by the type
///
/// # Safety
///
/// `klass` is a live class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_get_name(klass: *mut ObjectClass) -> *const c_char {
    // SAFETY: passed on to the caller.
    unsafe { class::type_of(klass) }.name().as_ptr()
}

/// Whether a class cannot be instantiated.
///
/// @param klass a class
/// @return true if it is abstract
///
/// # Safety
///
/// `klass` is a live class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_is_abstract(klass: *mut ObjectClass) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { class::type_of(klass) }.is_abstract()
}

/// Calls a function with every class. All registered classes are initialised.
///
/// The walk is over the types that are registered when it starts; `fn` may
/// register more. The order is unspecified.
///
/// @param fn called with a class and `opaque`
/// @param implements_type only classes that can be cast to this type; NULL for all
/// @param include_abstract whether to pass abstract classes as well
/// @param opaque passed to `fn`
///
/// # Safety
///
/// `implements_type` is NULL or a C string; the functions can be called with such
/// arguments and `opaque`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_foreach(
    r#fn: Option<unsafe extern "C" fn(klass: *mut ObjectClass, opaque: *mut c_void)>,
    implements_type: *const c_char,
    include_abstract: bool,
    opaque: *mut c_void,
) {
    let Some(function) = r#fn else { return };
    // SAFETY: the name is as the caller vouches, and `fn` takes what it gets.
    unsafe {
        class_list::for_each(implements_type, include_abstract, |class| function(class, opaque));
    }
}

/// Lists classes; see `object_class_foreach()`.
///
/// @param implements_type only classes that can be cast to this type; NULL for all
/// @param include_abstract whether to list abstract classes as well
/// @return a list of `ObjectClass *` in no order, to be freed with `g_slist_free()`
///
/// # Safety
///
/// `implements_type` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_get_list(
    implements_type: *const c_char,
    include_abstract: bool,
) -> *mut GSList {
    let mut list = std::ptr::null_mut();
    // SAFETY: the name is as the caller vouches; the list is one of GLib's.
    unsafe {
        class_list::for_each(implements_type, include_abstract, |class| {
            list = g_slist_prepend(list, class.cast());
        });
    }
    list
}

/// Lists classes, sorted by name without regard to ASCII case; see
/// `object_class_get_list()`.
///
/// # Safety
///
/// `implements_type` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_class_get_list_sorted(
    implements_type: *const c_char,
    include_abstract: bool,
) -> *mut GSList {
    unsafe extern "C" fn compare(a: *const c_void, b: *const c_void) -> c_int {
        let name = |class: *const c_void| {
            // SAFETY: the list holds classes.
            unsafe { object_class_get_name(class.cast_mut().cast()) }
        };
        // SAFETY: type names are NUL-terminated.
        unsafe { g_ascii_strcasecmp(name(a), name(b)) }
    }
    // SAFETY: passed on to the caller; the list holds classes.
    unsafe { g_slist_sort(object_class_get_list(implements_type, include_abstract), Some(compare)) }
}

/// How large the instances of a type are. Aborts if it is unknown.
///
/// @param type_name name of a type
/// @return bytes, inherited from the parent if the type does not say
///
/// # Safety
///
/// `type_name` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn object_type_get_instance_size(type_name: *const c_char) -> usize {
    // SAFETY: passed on to the caller.
    unsafe { types::find_known(type_name, "object_type_get_instance_size") }.instance_size()
}
