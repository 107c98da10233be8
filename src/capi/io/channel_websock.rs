//! Functions of `io/channel-websock.h`.

use glib_sys::{GDestroyNotify, gpointer};

use crate::abi::io::channel::QIOChannel;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::abi::io::task::QIOTaskFunc;
use crate::channel::dispatch::Channel;
use crate::channel::websock;
use crate::task::Owned;

/// Creates the server's end of a WebSocket connection. It does not touch @master
/// before qio_channel_websock_handshake().
///
/// @master: the channel that carries the connection; referenced
///
/// Returns: (transfer full): the channel.
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
/// no timeout: closing the channel ends a handshake with a silent peer. Then @func is
/// not called, but @destroy is.
///
/// Until the handshake has succeeded, reads and writes fail; after it has failed,
/// they go on failing, and the channel below stays open for the caller to close.
///
/// @ioc: the channel, which stays referenced until @func was called
/// @func: called once, later, from the default main context; learns from
/// qio_task_propagate_error() what came of the handshake
/// @opaque: (nullable): passed to @func
/// @destroy: (nullable): called with @opaque afterwards
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
