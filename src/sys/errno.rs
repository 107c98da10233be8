//! The C variable `errno`.

use std::ffi::c_int;

/// A positive `errno` value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno(c_int);

impl Errno {
    /// The error number `value`.
    pub(crate) const fn new(value: c_int) -> Self {
        Self(value)
    }

    /// What the last failed call of this thread left in `errno`.
    pub(crate) fn last() -> Self {
        // SAFETY: libc's errno location is always valid for the calling thread.
        Self(unsafe { *libc::__errno_location() })
    }

    /// Stores the number in `errno`, for the C caller.
    pub(crate) fn store(self) {
        // SAFETY: as in `last`; nobody else can write this thread's errno.
        unsafe { *libc::__errno_location() = self.0 };
    }

    /// The number.
    pub(crate) const fn get(self) -> c_int {
        self.0
    }

    /// Whether the call would have had to wait.
    pub(crate) fn is_would_block(self) -> bool {
        self.0 == libc::EAGAIN
    }
}

/// Runs `call` until it ends in something other than `EINTR`. -1 is failure.
#[inline]
pub(crate) fn retry(mut call: impl FnMut() -> isize) -> Result<usize, Errno> {
    loop {
        match usize::try_from(call()) {
            Ok(value) => return Ok(value),
            Err(_) => match Errno::last() {
                Errno(libc::EINTR) => {}
                error => return Err(error),
            },
        }
    }
}
