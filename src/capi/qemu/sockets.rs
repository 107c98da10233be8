//! Functions of `qemu/sockets.h`.

use std::ffi::c_int;

use crate::sys::fd;

/// Returns whether `fd` is a socket; false for anything else, open or not.
#[unsafe(no_mangle)]
pub extern "C" fn fd_is_socket(fd: c_int) -> bool {
    fd::is_socket(fd)
}
