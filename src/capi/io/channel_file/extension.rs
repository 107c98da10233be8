//! Functions of `io/channel-file.h` that QEMU got after 7.2.

use std::ffi::c_int;

use crate::abi::io::channel_file::QIOChannelFile;
use crate::abi::qemu::typedefs::Error;
use crate::capi::io::new_or_null;
use crate::channel::file;

/// Creates a channel over a duplicate of a descriptor, which is close-on-exec. The
/// position and O_NONBLOCK are shared with the original. Since QEMU 9.0.
///
/// @param fd the descriptor, which stays the caller's
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the channel; NULL with `errp` set.
///
/// # Safety
///
/// `errp` is NULL or writable.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_file_new_dupfd(
    fd: c_int,
    errp: *mut *mut Error,
) -> *mut QIOChannelFile {
    // SAFETY: passed on to the caller.
    unsafe { new_or_null(file::from_duplicate(fd), errp, c"qio_channel_file_new_dupfd") }
}
