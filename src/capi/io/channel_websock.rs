//! Functions of `io/channel-websock.h`.

#[cfg(any(feature = "runtime", feature = "backports"))]
use std::ffi::{CStr, c_char};

use glib_sys::{GDestroyNotify, gpointer};

#[cfg(any(feature = "runtime", feature = "backports"))]
use super::new_or_null;

use crate::abi::io::channel::QIOChannel;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::abi::io::task::QIOTaskFunc;
#[cfg(any(feature = "runtime", feature = "backports"))]
use crate::abi::qemu::typedefs::Error;
use crate::channel::dispatch::Channel;
use crate::channel::websock;
use crate::task::Owned;

/// Creates the server's end of a WebSocket connection. It does not touch `master`
/// before qio_channel_websock_handshake().
///
/// @param master the channel that carries the connection; referenced
///
/// @return (transfer full): the channel.
///
/// # Safety
///
/// `master` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_websock_new_server(
    master: *mut QIOChannel,
) -> *mut QIOChannelWebsock {
    // SAFETY: passed on to the caller.
    websock::server(unsafe { Channel::from_raw(master) }).into_raw()
}

/// Starts the handshake of a connection: a server waits for the client's request
/// and answers it, a client sends one and waits for the answer.
///
/// Returns at once; a GSource in the default main context does the work. There is
/// no timeout: closing the channel ends a handshake with a silent peer. Then `func` is
/// not called, but `destroy` is.
///
/// Until the handshake has succeeded, reads and writes fail; after it has failed,
/// they go on failing, and the channel below stays open for the caller to close.
///
/// @param ioc the channel, which stays referenced until `func` was called
/// @param func called once, later, from the default main context; learns from
/// qio_task_propagate_error() what came of the handshake
/// @param opaque (nullable): passed to `func`
/// @param destroy (nullable): called with `opaque` afterwards
///
/// # Safety
///
/// `ioc` is a live WebSocket channel; `func` may be called with `opaque`, and
/// `destroy` after it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_websock_handshake(
    ioc: *mut QIOChannelWebsock,
    func: QIOTaskFunc,
    opaque: gpointer,
    destroy: GDestroyNotify,
) {
    // SAFETY: passed on to the caller.
    websock::handshake(unsafe { &*ioc }, func, Owned { data: opaque, destroy });
}

/// Declared in the header's template, where it can be hidden.
///
/// cbindgen:ignore
///
/// # Safety
///
/// `master` is a live channel; `host`, `path` and `protocol` are C strings, the latter
/// two may be NULL; `errp` follows the API's contract.
#[cfg(any(feature = "runtime", feature = "backports"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_websock_new_client(
    master: *mut QIOChannel,
    host: *const c_char,
    path: *const c_char,
    protocol: *const c_char,
    errp: *mut *mut Error,
) -> *mut QIOChannelWebsock {
    // SAFETY: passed on to the caller. A missing host is an empty one: refused.
    unsafe {
        let host = bytes(host).unwrap_or_default();
        let master = Channel::from_raw(master);
        let channel = websock::client(master, host, bytes(path), bytes(protocol));
        new_or_null(channel, errp, c"qio_channel_websock_new_client")
    }
}

/// Declared in the header's template, where it can be hidden.
///
/// cbindgen:ignore
///
/// # Safety
///
/// `ioc` is a live WebSocket channel.
#[cfg(any(feature = "runtime", feature = "backports"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_websock_get_pending(ioc: *mut QIOChannelWebsock) -> usize {
    // SAFETY: passed on to the caller.
    websock::pending(unsafe { &*ioc })
}

/// The bytes of a C string; `None` for NULL.
///
/// # Safety
///
/// `text` is NULL or a C string for `'a`.
#[cfg(any(feature = "runtime", feature = "backports"))]
unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: passed on to the caller.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}
