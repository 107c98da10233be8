//! Functions of `qapi/error.h`.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use crate::abi::qapi::error::ErrorClass;
use crate::abi::qemu::typedefs::Error;
use crate::abi::values::ErrorClassValue;
use crate::runtime::error::destination::Destination;
use crate::runtime::error::object::{ErrorObject, Origin, explained};
use crate::runtime::error::report::{Level, report_error_object};
use crate::runtime::text::Text;
use crate::sys::Errno;

const GENERIC: ErrorClassValue = ErrorClass::ERROR_CLASS_GENERIC_ERROR as ErrorClassValue;

/// Returns the message of `err`, which is not NULL. The string belongs to the
/// error and lives until the error is freed or prepended to. The hint is not
/// part of it.
///
/// @param err the error
///
/// @return (transfer none): the message.
///
/// # Safety
///
/// The caller passes a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_get_pretty(err: *const Error) -> *const c_char {
    // SAFETY: the caller passes a live error.
    unsafe { ErrorObject::from_ptr(err) }.message.as_ptr()
}

/// Returns the class of `err`, which is not NULL.
///
/// @param err the error
///
/// @return the class.
///
/// # Safety
///
/// The caller passes a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_get_class(err: *const Error) -> ErrorClassValue {
    // SAFETY: the caller passes a live error.
    unsafe { ErrorObject::from_ptr(err) }.class
}

/// Returns a copy of `err`, which is not NULL: message, hint, class and place of
/// creation. The caller frees it with `error_free()`.
///
/// @param err the error
///
/// @return (transfer full): the copy.
///
/// # Safety
///
/// The caller passes a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_copy(err: *const Error) -> *mut Error {
    // SAFETY: the caller passes a live error.
    unsafe { ErrorObject::from_ptr(err) }.duplicate().into_raw()
}

/// Frees `err`, which may be NULL.
///
/// @param err (transfer full) (nullable): the error
///
/// # Safety
///
/// The caller passes a live error and gives it up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_free(err: *mut Error) {
    if !err.is_null() {
        // SAFETY: the caller passes a live error and gives it up.
        drop(unsafe { ErrorObject::from_raw(err) });
    }
}

/// Frees the error that `*errp` must hold, and sets `*errp` to NULL; aborts if
/// there is no error. For tests that expect a failure.
///
/// @param errp where the error is
///
/// # Safety
///
/// The caller passes NULL or a valid variable with NULL or a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_free_or_abort(errp: *mut *mut Error) {
    // SAFETY: the caller passes NULL or a valid variable with NULL or a live error.
    unsafe {
        let present = !errp.is_null() && !(*errp).is_null();
        ensure!(present, "error_free_or_abort: there is no error");
        error_free(ptr::replace(errp, ptr::null_mut()));
    }
}

/// Passes `local_err` on to a caller. The error is given up in any case; NULL
/// does nothing.
///
/// A NULL `dst_errp` and one that holds an error already (the first one wins)
/// free `local_err`. `&error_abort` and `&error_fatal` end the program.
///
/// @param dst_errp (nullable): where the caller wants the error
/// @param local_err (transfer full) (nullable): the error
///
/// # Safety
///
/// The caller passes a valid destination, and gives a live error up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_propagate(dst_errp: *mut *mut Error, local_err: *mut Error) {
    if local_err.is_null() {
        return;
    }
    let errno = Errno::last();
    // SAFETY: the caller passes a valid destination, and gives a live error up.
    unsafe { Destination::new(dst_errp).propagate(ErrorObject::from_raw(local_err)) };
    errno.store();
}

/// Reports `err` as `error_report()` does, prints its hint and frees it.
///
/// @param err (transfer full): the error
///
/// # Safety
///
/// The caller passes a live error and gives it up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_report_err(err: *mut Error) {
    // SAFETY: the caller passes a live error and gives it up.
    let err = unsafe { ErrorObject::from_raw(err) };
    report_error_object(Level::Error, &err);
}

/// Reports `err` as `warn_report()` does, prints its hint and frees it.
///
/// @param err (transfer full): the error
///
/// # Safety
///
/// The caller passes a live error and gives it up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn warn_report_err(err: *mut Error) {
    // SAFETY: the caller passes a live error and gives it up.
    let err = unsafe { ErrorObject::from_raw(err) };
    report_error_object(Level::Warning, &err);
}

/// What `error_setg_file_open()` calls: says that the file `filename` cannot be
/// opened and why.
///
/// @param errp where to store an error, or NULL
/// @param src the calling file
/// @param line the calling line
/// @param func the calling function
/// @param os_errno the cause
/// @param filename the file
///
/// # Safety
///
/// The caller passes C strings and a valid destination.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_setg_file_open_internal(
    errp: *mut *mut Error,
    src: *const c_char,
    line: c_int,
    func: *const c_char,
    os_errno: c_int,
    filename: *const c_char,
) {
    if errp.is_null() {
        return;
    }
    let errno = Errno::last();
    // SAFETY: the caller passes C strings and a valid destination.
    unsafe {
        let name = CStr::from_ptr(filename);
        let message = Text::join(&[c"Could not open '", name, c"'"]);
        let origin = Origin { file: src, line, function: func };
        let error = ErrorObject::new(explained(message, os_errno), GENERIC, origin);
        Destination::new(errp).set("error_setg_file_open", error);
    }
    errno.store();
}
