//! Functions of `io/channel-util.h`.

use std::ffi::c_int;

use super::new_or_null;
use crate::abi::io::channel::QIOChannel;
use crate::abi::qemu::typedefs::Error;
use crate::channel::{file, socket};
use crate::host::file as host;

/// Creates the channel that fits a descriptor.
///
/// @param fd the descriptor, which the channel owns on success
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the channel; NULL with `errp` set. A number that is no
/// descriptor gives a file channel, whose reads and writes fail.
///
/// # Safety
///
/// `fd` is the caller's to give away; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_new_fd(fd: c_int, errp: *mut *mut Error) -> *mut QIOChannel {
    if host::is_socket(fd) {
        // SAFETY: passed on to the caller.
        return unsafe { new_or_null(socket::from_fd(fd), errp, c"qio_channel_new_fd") }.cast();
    }
    file::from_fd(fd).into_raw().cast()
}
