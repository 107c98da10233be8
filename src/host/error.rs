//! Error objects.

use std::ffi::{CStr, c_char, c_int};
use std::panic::Location;
use std::ptr::NonNull;

use crate::abi::qemu::typedefs::Error as RawError;

unsafe extern "C" {
    fn error_setg_internal(
        errp: *mut *mut RawError,
        file: *const c_char,
        line: c_int,
        function: *const c_char,
        format: *const c_char,
        ...
    );
    fn error_setg_errno_internal(
        errp: *mut *mut RawError,
        file: *const c_char,
        line: c_int,
        function: *const c_char,
        errno: c_int,
        format: *const c_char,
        ...
    );
    fn error_propagate(destination: *mut *mut RawError, error: *mut RawError);
    fn error_append_hint(errp: *const *mut RawError, format: *const c_char, ...);
    fn error_report_err(error: *mut RawError);
    fn error_free(error: *mut RawError);
    fn error_copy(error: *const RawError) -> *mut RawError;
    fn error_get_pretty(error: *const RawError) -> *const c_char;
}

/// Where a C caller wants an error stored: NULL, a special destination, or a
/// variable that holds NULL.
#[derive(Clone, Copy)]
pub(crate) struct Destination(*mut *mut RawError);

impl Destination {
    /// Nobody wants the error.
    pub(crate) const IGNORED: Self = Self(std::ptr::null_mut());

    /// The destination a C caller passed.
    ///
    /// # Safety
    ///
    /// `errp` is NULL, `&error_abort`, `&error_fatal`, or points to a NULL
    /// `Error *` for as long as the value is used.
    pub(crate) unsafe fn from_raw(errp: *mut *mut RawError) -> Self {
        Self(errp)
    }

    /// The pointer, to be handed to a C function.
    pub(crate) fn as_raw(self) -> *mut *mut RawError {
        self.0
    }

    /// Whether errors are dropped, so that no message need be made.
    pub(crate) fn is_ignored(self) -> bool {
        self.0.is_null()
    }

    /// Stores a new error: `message`, followed by the text of `errno` unless 0.
    pub(crate) fn set(
        self,
        location: &'static Location<'static>,
        function: &'static CStr,
        errno: c_int,
        message: &CStr,
    ) {
        let file = location.file_as_c_str().as_ptr();
        let line = location.line() as c_int;
        // SAFETY: `from_raw` vouches for the destination; the file and function
        // are static strings, as the host keeps the pointers; the format takes
        // exactly one string.
        unsafe {
            if errno == 0 {
                error_setg_internal(
                    self.0,
                    file,
                    line,
                    function.as_ptr(),
                    c"%s".as_ptr(),
                    message.as_ptr(),
                );
            } else {
                error_setg_errno_internal(
                    self.0,
                    file,
                    line,
                    function.as_ptr(),
                    errno,
                    c"%s".as_ptr(),
                    message.as_ptr(),
                );
            }
        }
    }

    /// Adds a hint, a line of its own, to the error that was just stored.
    pub(crate) fn append_hint(self, hint: &CStr) {
        // SAFETY: `from_raw` vouches for the destination, and an error is in it:
        // storing one does not return if it ends the program. The format takes
        // exactly one string.
        unsafe { error_append_hint(self.0, c"%s\n".as_ptr(), hint.as_ptr()) };
    }

    /// Stores an error that the host made.
    pub(crate) fn propagate(self, error: OwnedError) {
        // SAFETY: `from_raw` vouches for the destination; `error` is given up.
        unsafe { error_propagate(self.0, error.into_raw()) };
    }
}

/// An error object made by the host.
#[derive(Debug)]
pub(crate) struct OwnedError(NonNull<RawError>);

// SAFETY: an error is a plain value; the API allows to use and free it on any thread.
unsafe impl Send for OwnedError {}

impl OwnedError {
    /// Takes an error over from C; NULL gives `None`.
    ///
    /// # Safety
    ///
    /// The caller owns the error and does not use it again.
    pub(crate) unsafe fn from_raw(error: *mut RawError) -> Option<Self> {
        NonNull::new(error).map(Self)
    }

    /// As [`Self::from_raw`], of an error that cannot be NULL.
    ///
    /// # Safety
    ///
    /// `error` is not NULL; the caller owns it and does not use it again.
    pub(crate) unsafe fn from_raw_unchecked(error: *mut RawError) -> Self {
        // SAFETY: passed on to the caller.
        Self(unsafe { NonNull::new_unchecked(error) })
    }

    /// Gives the error to C.
    pub(crate) fn into_raw(self) -> *mut RawError {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }

    /// Prints the error as the host prints errors.
    pub(crate) fn report(self) {
        // SAFETY: the error is alive and given up.
        unsafe { error_report_err(self.into_raw()) };
    }

    /// The message, without the hint.
    pub(crate) fn message(&self) -> &CStr {
        // SAFETY: the error is alive, and its message lives as long unchanged.
        unsafe { CStr::from_ptr(error_get_pretty(self.0.as_ptr())) }
    }
}

impl Clone for OwnedError {
    fn clone(&self) -> Self {
        // SAFETY: the error is alive; the copy is a new one, never NULL.
        Self(unsafe { NonNull::new_unchecked(error_copy(self.0.as_ptr())) })
    }
}

impl Drop for OwnedError {
    fn drop(&mut self) {
        // SAFETY: this value owns the error.
        unsafe { error_free(self.0.as_ptr()) };
    }
}
