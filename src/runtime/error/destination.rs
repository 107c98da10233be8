//! What an `Error **` may be, and how errors get there.

use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicPtr;

use crate::abi::qemu::typedefs::Error as RawError;
use crate::runtime::error::object::ErrorObject;
use crate::runtime::error::{output, report};

// Only the addresses of these two matter; they always hold NULL. An executable
// may hold them instead of this library (copy relocations), so the address must
// come from the global offset table: rustc does that for every exported static
// of position-independent code, and the library is never linked -Bsymbolic.

/// `&error_abort` as a destination: an error there is a bug, and aborts.
#[unsafe(no_mangle)]
pub(crate) static error_abort: AtomicPtr<RawError> = AtomicPtr::new(ptr::null_mut());

/// `&error_fatal` as a destination: an error there ends the program.
#[unsafe(no_mangle)]
pub(crate) static error_fatal: AtomicPtr<RawError> = AtomicPtr::new(ptr::null_mut());

/// Where a C caller wants an error.
#[derive(Clone, Copy)]
pub(crate) enum Destination {
    /// Nowhere: it is dropped.
    Ignored,
    /// Printed, with where it was made; then the process aborts.
    Abort,
    /// Printed; then the process exits with status 1.
    Fatal,
    /// Stored.
    Variable(NonNull<*mut RawError>),
}

impl Destination {
    /// What `errp` means.
    pub(crate) fn new(errp: *mut *mut RawError) -> Self {
        if ptr::eq(errp.cast_const(), (&raw const error_abort).cast()) {
            return Self::Abort;
        }
        if ptr::eq(errp.cast_const(), (&raw const error_fatal).cast()) {
            return Self::Fatal;
        }
        NonNull::new(errp).map_or(Self::Ignored, Self::Variable)
    }

    /// Stores a new error, on behalf of `function`.
    ///
    /// # Safety
    ///
    /// A variable is valid, and holds NULL or a live error.
    pub(crate) unsafe fn set(self, function: &str, error: Box<ErrorObject>) {
        if let Self::Variable(variable) = self {
            // SAFETY: passed on to the caller.
            let free = unsafe { variable.read() }.is_null();
            ensure!(free, "{function}: the Error * passed in holds an error already");
        }
        // SAFETY: passed on to the caller.
        unsafe { self.propagate(error) };
    }

    /// Passes an error on; one that is stored already wins.
    ///
    /// # Safety
    ///
    /// As for [`set`](Self::set).
    pub(crate) unsafe fn propagate(self, error: Box<ErrorObject>) {
        match self {
            Self::Ignored => {}
            Self::Abort => abort_with(&error),
            Self::Fatal => exit_with(&error),
            Self::Variable(variable) => {
                // SAFETY: passed on to the caller.
                unsafe {
                    if variable.read().is_null() {
                        variable.write(error.into_raw());
                    }
                }
            }
        }
    }
}

/// Says where the error was made and what it is, and aborts.
fn abort_with(error: &ErrorObject) -> ! {
    let origin = &error.origin;
    let line = [
        b"Unexpected error in ",
        origin.function().to_bytes(),
        b"() at ",
        origin.file().to_bytes(),
        format!(":{}:\n", origin.line).as_bytes(),
    ]
    .concat();
    output::to_stderr(&line);
    report::report_error_object(report::Level::Error, error);
    std::process::abort()
}

/// Reports the error and exits, running exit handlers.
fn exit_with(error: &ErrorObject) -> ! {
    report::report_error_object(report::Level::Error, error);
    // SAFETY: exit handlers are the program's; a caller that passes &error_fatal
    // asks for them to run here.
    unsafe { libc::exit(libc::EXIT_FAILURE) }
}
