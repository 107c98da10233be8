//! Opening and closing files.

use std::ffi::{CStr, c_char, c_int};

use crate::sys::Errno;

unsafe extern "C" {
    fn qemu_open_old(name: *const c_char, flags: c_int, ...) -> c_int;
    fn qemu_close(fd: c_int) -> c_int;
    fn fd_is_socket(fd: c_int) -> bool;
}

/// Opens a file, close-on-exec. `mode` counts only with `O_CREAT`.
pub(crate) fn open(path: &CStr, flags: c_int, mode: libc::mode_t) -> Result<c_int, Errno> {
    // SAFETY: the path is a C string; with O_CREAT the host reads one more int.
    match unsafe { qemu_open_old(path.as_ptr(), flags | libc::O_CLOEXEC, mode) } {
        -1 => Err(Errno::last()),
        fd => Ok(fd),
    }
}

/// Closes a descriptor that [`open`] or a caller gave.
pub(crate) fn close(fd: c_int) -> Result<(), Errno> {
    // SAFETY: the caller gives the descriptor up; a stale one is only an error.
    match unsafe { qemu_close(fd) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}

/// Whether `fd` is a socket; false for anything else, open or not.
pub(crate) fn is_socket(fd: c_int) -> bool {
    // SAFETY: any number may be asked about.
    unsafe { fd_is_socket(fd) }
}
