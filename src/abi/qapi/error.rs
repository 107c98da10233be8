//! Types of `qapi/error.h`.

use crate::abi::qemu::typedefs::Error;

/// What kind of error it is, for programs that act on some kinds.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Any error without a kind of its own.
    ERROR_CLASS_GENERIC_ERROR = 0,
    /// A command is unknown.
    ERROR_CLASS_COMMAND_NOT_FOUND = 1,
    /// A device is not active.
    ERROR_CLASS_DEVICE_NOT_ACTIVE = 2,
    /// A device, or an object at a path, does not exist.
    ERROR_CLASS_DEVICE_NOT_FOUND = 3,
    /// The kernel's virtualisation lacks something.
    ERROR_CLASS_KVM_MISSING_CAP = 4,
}

/// What `ERRP_GUARD()` puts on the stack.
#[repr(C)]
#[derive(Debug)]
pub struct ErrorPropagator {
    /// The error that the function made, if any.
    pub local_err: *mut Error,
    /// Where its caller wants it.
    pub errp: *mut *mut Error,
}
