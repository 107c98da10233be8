//! Functions of `io/channel-socket.h` that QEMU got after 7.2.

use std::ffi::c_int;

use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::qemu::typedefs::Error;
use crate::host::error::Destination;

/// Sets how many bytes may wait to be sent (SO_SNDBUF). The kernel doubles the number
/// and has limits of its own. Since QEMU 10.1.
///
/// @param ioc the channel
/// @param size the number of bytes
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set.
///
/// # Safety
///
/// `ioc` is alive; `errp` is NULL or writable.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_set_send_buffer(
    ioc: *mut QIOChannelSocket,
    size: usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    match unsafe { &*ioc }.set_send_buffer(size) {
        Ok(()) => 0,
        Err(error) => {
            // SAFETY: passed on to the caller.
            let destination = unsafe { Destination::from_raw(errp) };
            error.store(destination, c"qio_channel_socket_set_send_buffer");
            -1
        }
    }
}
