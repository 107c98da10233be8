//! Errors that say more than a message.

use std::ffi::{CStr, CString};
use std::panic::Location;

use crate::abi::qapi::error::ErrorClass;
use crate::abi::values::ErrorClassValue;
use crate::error::Error;
use crate::host::error::{Destination, OwnedError};
use crate::runtime::error::destination::error_abort;
use crate::runtime::error::object::{ErrorObject, Origin};
use crate::runtime::text::Text;

#[track_caller]
fn make(class: ErrorClass, function: &'static CStr, message: &str, hint: Option<&CStr>) -> Error {
    let place = Location::caller();
    let origin = Origin {
        file: place.file_as_c_str().as_ptr(),
        line: place.line().cast_signed(),
        function: function.as_ptr(),
    };
    let text = CString::new(message).unwrap_or_default();
    let mut error = ErrorObject::new(Text::copy(&text), class as ErrorClassValue, origin);
    if let Some(hint) = hint {
        error.append_hint(hint);
    }
    // SAFETY: the error was just made, and nobody else has it.
    match unsafe { OwnedError::from_raw(error.into_raw()) } {
        Some(error) => error.into(),
        None => Error::new(message.to_owned()),
    }
}

/// An error of the class for objects that are not there.
#[track_caller]
pub(super) fn not_found(function: &'static CStr, message: &str) -> Error {
    make(ErrorClass::ERROR_CLASS_DEVICE_NOT_FOUND, function, message, None)
}

/// An error with a hint: what the user might do about it.
#[track_caller]
pub(super) fn with_hint(function: &'static CStr, message: &str, hint: &CStr) -> Error {
    make(ErrorClass::ERROR_CLASS_GENERIC_ERROR, function, message, Some(hint))
}

/// Ends the program with an error that cannot happen in a correct one, as
/// `&error_abort` does.
pub(crate) fn abort_with(error: Error, function: &'static CStr) -> ! {
    // SAFETY: a destination that is never written to.
    let destination = unsafe { Destination::from_raw((&raw const error_abort).cast_mut().cast()) };
    error.store(destination, function);
    std::process::abort()
}
