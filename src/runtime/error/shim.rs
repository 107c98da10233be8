//! What `variadic.c` calls after it has formatted.

use std::ffi::{c_char, c_int, c_uint};
use std::ptr::NonNull;

use crate::abi::qemu::typedefs::Error as RawError;
use crate::abi::values::ErrorClassValue;
use crate::runtime::error::destination::Destination;
use crate::runtime::error::object::{ErrorObject, Origin, explained};
use crate::runtime::error::output;
use crate::runtime::error::report::{Level, report};
use crate::runtime::text::Text;

/// Stores a new error; takes over `message`. `errno` 0 adds no text.
#[unsafe(no_mangle)]
unsafe extern "C" fn qiochannel_error_set(
    errp: *mut *mut RawError,
    file: *const c_char,
    line: c_int,
    function: *const c_char,
    class: ErrorClassValue,
    errno: c_int,
    message: NonNull<c_char>,
) {
    // SAFETY: variadic.c passes a new string, and its caller's destination.
    unsafe {
        let message = explained(Text::from_raw(message), errno);
        let error = ErrorObject::new(message, class, Origin { file, line, function });
        Destination::new(errp).set("error_set", error);
    }
}

/// Puts `prefix`, which it takes over, before the message of `*errp`.
#[unsafe(no_mangle)]
unsafe extern "C" fn qiochannel_error_prepend(errp: *const *mut RawError, prefix: NonNull<c_char>) {
    // SAFETY: variadic.c passes a new string and a valid variable, whose error is
    // its caller's.
    unsafe {
        let prefix = Text::from_raw(prefix);
        ensure!(!(*errp).is_null(), "error_prepend: there is no error to prepend to");
        ErrorObject::from_mut_ptr(*errp).prepend(&prefix);
    }
}

/// Adds `text`, which it takes over, to the hint of `*errp`.
#[unsafe(no_mangle)]
unsafe extern "C" fn qiochannel_error_append_hint(
    errp: *const *mut RawError,
    text: NonNull<c_char>,
) {
    // SAFETY: as in `qiochannel_error_prepend`.
    unsafe {
        let text = Text::from_raw(text);
        let stored = matches!(Destination::new(errp.cast_mut()), Destination::Variable(_));
        ensure!(
            stored && !(*errp).is_null(),
            "error_append_hint: hints need a stored error: use ERRP_GUARD()"
        );
        ErrorObject::from_mut_ptr(*errp).append_hint(&text);
    }
}

/// Reports `message`, which it takes over: an error (0), a warning (1) or an
/// information.
#[unsafe(no_mangle)]
unsafe extern "C" fn qiochannel_report(level: c_uint, message: NonNull<c_char>) {
    let level = match level {
        0 => Level::Error,
        1 => Level::Warning,
        _ => Level::Info,
    };
    // SAFETY: variadic.c passes a new string.
    report(level, &unsafe { Text::from_raw(message) });
}

/// Prints `text`, which it takes over. Returns the number of bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn qiochannel_print(text: NonNull<c_char>) -> c_int {
    // SAFETY: variadic.c passes a new string.
    output::write(unsafe { Text::from_raw(text) }.to_bytes())
}
