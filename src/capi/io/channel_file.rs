//! Functions of `io/channel-file.h`.

#[cfg(feature = "backports")]
pub mod extension;

use std::ffi::{CStr, c_char, c_int};

use libc::mode_t;

use super::new_or_null;
use crate::abi::io::channel_file::QIOChannelFile;
use crate::abi::qemu::typedefs::Error;
use crate::channel::file;

/// Creates a channel over a descriptor.
///
/// Neither close-on-exec nor O_NONBLOCK is changed, and nothing is checked.
///
/// Outside QEMU, the first channel over a pipe, FIFO or socket makes the process
/// ignore SIGPIPE if its disposition is still the default, so that a write nobody
/// will read fails with EPIPE and does not end the program.
///
/// @param fd the descriptor, which the channel owns from now on
///
/// @return (transfer full): the channel.
#[unsafe(no_mangle)]
pub extern "C" fn qio_channel_file_new_fd(fd: c_int) -> *mut QIOChannelFile {
    file::from_fd(fd).into_raw()
}

/// Opens a file, close-on-exec, and creates a channel over it. For SIGPIPE see
/// qio_channel_file_new_fd().
///
/// @param path the path
/// @param flags flags for open(2)
/// @param mode the permissions of a file that O_CREAT creates, less the umask
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the channel; NULL with `errp` set. After failure
/// `errno` is that of open(2).
///
/// # Safety
///
/// `path` is a C string; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_file_new_path(
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
    errp: *mut *mut Error,
) -> *mut QIOChannelFile {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = file::open(CStr::from_ptr(path), flags, mode);
        new_or_null(result, errp, c"qio_channel_file_new_path")
    }
}
