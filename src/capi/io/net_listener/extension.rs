//! Functions of `io/net-listener.h` that QEMU got after 7.2.

use std::ptr::null_mut;

use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::net_listener::QIONetListener;
use crate::abi::qapi::qapi_types_sockets::SocketAddress;
use crate::abi::qemu::typedefs::Error;
use crate::host::error::Destination;

/// Tells how many sockets the listener has, those that are closed included. Since
/// QEMU 10.2.
///
/// @param listener the listener
///
/// @return the number of sockets.
///
/// # Safety
///
/// `listener` is alive.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_nsioc(listener: *mut QIONetListener) -> usize {
    // SAFETY: passed on to the caller.
    unsafe { &*listener }.nsioc.get()
}

/// Tells one of the listener's sockets. Since QEMU 10.2.
///
/// @param listener the listener
/// @param n which one
///
/// @return (transfer none) (nullable): the socket; NULL if there are not so many.
///
/// # Safety
///
/// `listener` is alive.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_sioc(
    listener: *mut QIONetListener,
    n: usize,
) -> *mut QIOChannelSocket {
    // SAFETY: passed on to the caller.
    unsafe { &*listener }.channel_at(n).unwrap_or(null_mut())
}

/// Tells the address that one of the sockets listens at. Since QEMU 10.2.
///
/// @param listener the listener
/// @param n which one
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the address; NULL with `errp` set, also if there are not so
/// many sockets.
///
/// # Safety
///
/// `listener` is alive; `errp` is NULL or writable.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_get_local_address(
    listener: *mut QIONetListener,
    n: usize,
    errp: *mut *mut Error,
) -> *mut SocketAddress {
    // SAFETY: passed on to the caller.
    match unsafe { &*listener }.local_address(n) {
        Ok(address) => address.into_raw(),
        Err(error) => {
            // SAFETY: passed on to the caller.
            let destination = unsafe { Destination::from_raw(errp) };
            error.store(destination, c"qio_net_listener_get_local_address");
            null_mut()
        }
    }
}
