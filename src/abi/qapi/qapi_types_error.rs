//! Types of `qapi/qapi-types-error.h`.

/// The class of an error by its protocol name; equal to `ErrorClass`.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QapiErrorClass {
    /// `GenericError`
    QAPI_ERROR_CLASS_GENERICERROR = 0,
    /// `CommandNotFound`
    QAPI_ERROR_CLASS_COMMANDNOTFOUND = 1,
    /// `DeviceNotActive`
    QAPI_ERROR_CLASS_DEVICENOTACTIVE = 2,
    /// `DeviceNotFound`
    QAPI_ERROR_CLASS_DEVICENOTFOUND = 3,
    /// `KVMMissingCap`
    QAPI_ERROR_CLASS_KVMMISSINGCAP = 4,
    /// The number of values.
    QAPI_ERROR_CLASS__MAX = 5,
}
