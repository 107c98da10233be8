//! Functions of `io/channel-socket.h`.

#[cfg(feature = "backports")]
pub mod extension;

use std::ffi::{CStr, c_int};

use glib_sys::{GDestroyNotify, GMainContext, gpointer};

use super::new_or_null;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::task::{QIOTask, QIOTaskFunc};
use crate::abi::qapi::qapi_types_sockets::SocketAddress;
use crate::abi::qemu::typedefs::Error;
use crate::channel::socket;
use crate::error;
use crate::host::address::OwnedAddress;
use crate::host::error::Destination;
use crate::task::{Owned, Task};

/// 0, or -1 with the error stored.
unsafe fn zero_or_error(
    result: Result<(), error::Error>,
    errp: *mut *mut Error,
    function: &'static CStr,
) -> c_int {
    match result {
        Ok(()) => 0,
        Err(error) => {
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, function);
            -1
        }
    }
}

/// The address, or NULL with the error stored.
unsafe fn address_or_error(
    result: Result<OwnedAddress, error::Error>,
    errp: *mut *mut Error,
    function: &'static CStr,
) -> *mut SocketAddress {
    match result {
        Ok(address) => address.into_raw(),
        Err(error) => {
            // SAFETY: passed on to the caller.
            error.store(unsafe { Destination::from_raw(errp) }, function);
            std::ptr::null_mut()
        }
    }
}

/// A task about a channel.
unsafe fn new_task(
    ioc: *mut QIOChannelSocket,
    callback: QIOTaskFunc,
    opaque: gpointer,
    destroy: GDestroyNotify,
) -> *mut QIOTask {
    // SAFETY: passed on to the caller.
    unsafe { Task::create(ioc.cast(), callback, Owned { data: opaque, destroy }) }
}

/// Creates a channel without a socket, to be connected or to listen.
///
/// @return (transfer full): the channel.
#[unsafe(no_mangle)]
pub extern "C" fn qio_channel_socket_new() -> *mut QIOChannelSocket {
    socket::new().into_raw()
}

/// Creates a channel over a socket of any kind. Its blocking mode and other settings
/// stay as they are.
///
/// A socket that listens is not treated as one that the library made listen: its path
/// is not removed when the channel is closed.
///
/// @param fd the socket, which the channel owns on success
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the channel; NULL with `errp` set, and `fd` still open.
///
/// # Safety
///
/// `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_new_fd(
    fd: c_int,
    errp: *mut *mut Error,
) -> *mut QIOChannelSocket {
    // SAFETY: passed on to the caller.
    unsafe { new_or_null(socket::from_fd(fd), errp, c"qio_channel_socket_new_fd") }
}

/// Connects to an address. Blocks while the name is looked up and until the connection
/// stands.
///
/// @param ioc a channel without a socket
/// @param addr the address, which is only read
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set and `ioc` as it was.
///
/// # Safety
///
/// `ioc` is a live channel, `addr` a valid address; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_connect_sync(
    ioc: *mut QIOChannelSocket,
    addr: *mut SocketAddress,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { zero_or_error((*ioc).connect(addr), errp, c"qio_channel_socket_connect_sync") }
}

/// Connects to an address in a thread of its own. There is no way to cancel it.
///
/// @param ioc a channel without a socket, which must not be used until `callback`
/// @param addr the address, which is copied: NULL strings become empty ones
/// @param callback called in `context` with a task whose source is `ioc`, and which carries the
///            error if there is one
/// @param opaque (nullable): passed to `callback`
/// @param destroy (nullable): called with `opaque` after `callback`
/// @param context (nullable): the main context; NULL for the global default one
///
/// The descriptor of an address must be given by number: see
/// socket_address_parse_named_fd().
///
/// # Safety
///
/// `ioc` is a live channel, `addr` a valid address, `context` NULL or a live context;
/// the functions may be called with `opaque` in its thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_connect_async(
    ioc: *mut QIOChannelSocket,
    addr: *mut SocketAddress,
    callback: QIOTaskFunc,
    opaque: gpointer,
    destroy: GDestroyNotify,
    context: *mut GMainContext,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let task = new_task(ioc, callback, opaque, destroy);
        socket::connect_later(task, OwnedAddress::copy_of(addr), context);
    }
}

/// Listens at an address. Blocks while the name is looked up.
///
/// @param ioc a channel without a socket
/// @param addr the address, which is only read
/// @param num how many clients may wait to be accepted
/// @param errp where to store an error, or NULL
///
/// Whatever is at the path of a Unix socket is replaced, and the path is removed when
/// the channel is closed.
///
/// @return 0; -1 with `errp` set and `ioc` as it was.
///
/// # Safety
///
/// `ioc` is a live channel, `addr` a valid address; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_listen_sync(
    ioc: *mut QIOChannelSocket,
    addr: *mut SocketAddress,
    num: c_int,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { zero_or_error((*ioc).listen(addr, num), errp, c"qio_channel_socket_listen_sync") }
}

/// Listens at an address, which a thread of its own looks up. See
/// qio_channel_socket_connect_async().
///
/// @param ioc a channel without a socket, which must not be used until `callback`
/// @param addr the address, which is copied: NULL strings become empty ones
/// @param num how many clients may wait to be accepted
/// @param callback called in `context`
/// @param opaque (nullable): passed to `callback`
/// @param destroy (nullable): called with `opaque` after `callback`
/// @param context (nullable): the main context; NULL for the global default one
///
/// # Safety
///
/// As for qio_channel_socket_connect_async().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_listen_async(
    ioc: *mut QIOChannelSocket,
    addr: *mut SocketAddress,
    num: c_int,
    callback: QIOTaskFunc,
    opaque: gpointer,
    destroy: GDestroyNotify,
    context: *mut GMainContext,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let task = new_task(ioc, callback, opaque, destroy);
        socket::listen_later(task, OwnedAddress::copy_of(addr), num, context);
    }
}

/// Sends datagrams to one peer, and receives those that it sends. Blocks while names
/// are looked up. A datagram that does not fit a read is cut.
///
/// @param ioc a channel without a socket
/// @param local_addr (nullable): the own IPv4 or IPv6 address
/// @param remote_addr the peer's IPv4 or IPv6 address
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set and `ioc` as it was.
///
/// # Safety
///
/// `ioc` is a live channel, `remote_addr` a valid address, `local_addr` NULL or one;
/// `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_dgram_sync(
    ioc: *mut QIOChannelSocket,
    local_addr: *mut SocketAddress,
    remote_addr: *mut SocketAddress,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = (*ioc).datagram(local_addr, remote_addr);
        zero_or_error(result, errp, c"qio_channel_socket_dgram_sync")
    }
}

/// Prepares to send datagrams to one peer, whose name a thread of its own looks up. See
/// qio_channel_socket_connect_async().
///
/// @param ioc a channel without a socket, which must not be used until `callback`
/// @param local_addr (nullable): the own address, which is copied
/// @param remote_addr the peer's address, which is copied
/// @param callback called in `context`
/// @param opaque (nullable): passed to `callback`
/// @param destroy (nullable): called with `opaque` after `callback`
/// @param context (nullable): the main context; NULL for the global default one
///
/// # Safety
///
/// As for qio_channel_socket_connect_async().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_dgram_async(
    ioc: *mut QIOChannelSocket,
    local_addr: *mut SocketAddress,
    remote_addr: *mut SocketAddress,
    callback: QIOTaskFunc,
    opaque: gpointer,
    destroy: GDestroyNotify,
    context: *mut GMainContext,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let task = new_task(ioc, callback, opaque, destroy);
        let local = (!local_addr.is_null()).then(|| OwnedAddress::copy_of(local_addr));
        socket::datagram_later(task, local, OwnedAddress::copy_of(remote_addr), context);
    }
}

/// Returns the socket's own address, as it was when the channel got the socket.
///
/// @param ioc the channel
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the address, to be freed with qapi_free_SocketAddress(); NULL
/// with `errp` set if the channel never had a socket, or one of an unknown family.
///
/// # Safety
///
/// `ioc` is a live channel; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_get_local_address(
    ioc: *mut QIOChannelSocket,
    errp: *mut *mut Error,
) -> *mut SocketAddress {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = (*ioc).local_address();
        address_or_error(result, errp, c"qio_channel_socket_get_local_address")
    }
}

/// Returns the peer's address, as it was when the channel got the socket.
///
/// @param ioc the channel
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the address, to be freed with qapi_free_SocketAddress(); NULL
/// with `errp` set if there was no peer, or one of an unknown family.
///
/// # Safety
///
/// `ioc` is a live channel; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_get_remote_address(
    ioc: *mut QIOChannelSocket,
    errp: *mut *mut Error,
) -> *mut SocketAddress {
    // SAFETY: passed on to the caller.
    unsafe {
        let result = (*ioc).remote_address();
        address_or_error(result, errp, c"qio_channel_socket_get_remote_address")
    }
}

/// Accepts a client. Blocks until there is one, unless the listener is non-blocking.
///
/// @param ioc a channel whose socket listens
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the client's channel, close-on-exec and blocking; NULL with
/// `errp` set, also when a non-blocking listener has no client (`errno` is EAGAIN then).
///
/// # Safety
///
/// `ioc` is a live channel; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_socket_accept(
    ioc: *mut QIOChannelSocket,
    errp: *mut *mut Error,
) -> *mut QIOChannelSocket {
    // SAFETY: passed on to the caller.
    unsafe { new_or_null(socket::accept(&*ioc), errp, c"qio_channel_socket_accept") }
}
