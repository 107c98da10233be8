//! What the C API does with descriptors.

use std::ffi::{CStr, c_int};

use crate::sys::{Errno, fd};

/// Writes all of `data`, waiting for a slow reader. Returns how much was written:
/// less only after an error, which stays in `errno`.
pub(crate) fn write_all(descriptor: c_int, data: &[u8]) -> usize {
    let mut written = 0;
    while let Some(rest) = data.get(written..).filter(|rest| !rest.is_empty()) {
        match fd::write(descriptor, rest) {
            Ok(0) => break,
            Ok(count) => written += count,
            Err(errno) => {
                errno.store();
                break;
            }
        }
    }
    written
}

/// 0, or -1 with the number in `errno`.
pub(crate) fn status(result: Result<(), Errno>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(errno) => {
            errno.store();
            -1
        }
    }
}

/// The descriptor, or -1 with the number in `errno`.
pub(crate) fn descriptor(result: Result<c_int, Errno>) -> c_int {
    result.unwrap_or_else(|errno| {
        errno.store();
        -1
    })
}

/// Removes a name; one that means a set of descriptors needs no removing.
pub(crate) fn unlink(name: &CStr) -> Result<(), Errno> {
    if super::open::is_fd_set(name) { Ok(()) } else { fd::unlink(name) }
}
