//! Functions of `qemu/module.h`.

use std::ffi::{c_char, c_int};

use crate::abi::qemu::typedefs::Error;
use crate::abi::values::ModuleInitTypeValue;
use crate::runtime::module;

/// Queues an initialiser; `type_init()` and its siblings call this from a
/// constructor.
///
/// May be called before `main()`, before anything else of the library, and from
/// any thread. The function runs once: in the next `module_call_init()` for its
/// kind or, for `MODULE_INIT_QOM`, as soon as a type is looked up by a name that
/// is not known yet.
///
/// @param fn the initialiser
/// @param type which list it belongs to
///
/// # Safety
///
/// The functions can be called with such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn register_module_init(
    r#fn: Option<unsafe extern "C" fn()>,
    r#type: ModuleInitTypeValue,
) {
    if let Some(function) = r#fn {
        module::register(r#type, function);
    }
}

/// Same as `register_module_init()`.
///
/// # Safety
///
/// The functions can be called with such arguments.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn register_dso_module_init(
    r#fn: Option<unsafe extern "C" fn()>,
    r#type: ModuleInitTypeValue,
) {
    // SAFETY: passed on to the caller.
    unsafe { register_module_init(r#fn, r#type) };
}

/// Runs the initialisers of one kind that were queued and did not run yet, in the
/// order of their registration.
///
/// May be called any number of times, from any thread: a call from an initialiser
/// of the same kind does nothing, one from another thread waits until the first
/// is done. For types no call is needed at all.
///
/// @param type which list to run
#[unsafe(no_mangle)]
pub extern "C" fn module_call_init(r#type: ModuleInitTypeValue) {
    module::call_init(r#type);
}

/// Loads a module. There are no loadable modules, so none is ever found.
///
/// @param prefix first part of the module's name
/// @param name second part of the module's name
/// @param errp unused
/// @return 0: no such module, which is no error
///
/// # Safety
///
/// `prefix` and `name` are C strings; `errp` is NULL, `&error_abort`, `&error_fatal`
/// or points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn module_load(
    prefix: *const c_char,
    name: *const c_char,
    errp: *mut *mut Error,
) -> c_int {
    let _ = (prefix, name, errp);
    0
}

/// Loads the module that defines a type. All types are built in.
///
/// @param type_name name of the type
/// @param errp unused
/// @return 2: nothing to load
///
/// # Safety
///
/// `type_name` is a C string; `errp` is NULL, `&error_abort`, `&error_fatal` or
/// points to NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn module_load_qom(type_name: *const c_char, errp: *mut *mut Error) -> c_int {
    let _ = (type_name, errp);
    2
}

/// Loads every module that defines types. There is none.
#[unsafe(no_mangle)]
pub extern "C" fn module_load_qom_all() {}

/// Names the architecture that modules may be made for. There are no modules.
///
/// @param arch name of the architecture
///
/// # Safety
///
/// `arch` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn module_allow_arch(arch: *const c_char) {
    let _ = arch;
}
