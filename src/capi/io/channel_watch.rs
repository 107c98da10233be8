//! Functions of `io/channel-watch.h`.

use std::ffi::c_int;

use glib_sys::{GIOCondition, GSource};

use crate::abi::io::channel::QIOChannel;
use crate::channel::dispatch::Channel;
use crate::channel::watch;

/// Creates a GSource that watches a descriptor on behalf of a channel. For channel
/// classes, to implement their io_create_watch.
///
/// The source reports only conditions that were asked for. It does not own the
/// descriptor and does not notice when its number is closed or given to another
/// file. A negative `fd` is never ready.
///
/// @param ioc the channel, which the source references until it is finalised
/// @param fd the descriptor
/// @param condition what to watch for
///
/// @return (transfer full): a new source, not attached to any context.
///
/// # Safety
///
/// `ioc` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_create_fd_watch(
    ioc: *mut QIOChannel,
    fd: c_int,
    condition: GIOCondition,
) -> *mut GSource {
    // SAFETY: passed on to the caller.
    watch::fd_watch(unsafe { Channel::from_raw(ioc) }, fd, condition).into_raw()
}

/// Creates a GSource that watches a socket. The same as
/// qio_channel_create_fd_watch(), which see.
///
/// @param ioc the channel, which the source references until it is finalised
/// @param fd the socket
/// @param condition what to watch for
///
/// @return (transfer full): a new source, not attached to any context.
///
/// # Safety
///
/// `ioc` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_create_socket_watch(
    ioc: *mut QIOChannel,
    fd: c_int,
    condition: GIOCondition,
) -> *mut GSource {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_create_fd_watch(ioc, fd, condition) }
}

/// Creates a GSource that watches one descriptor for input and another one for
/// output. For channel classes, to implement their io_create_watch.
///
/// G_IO_IN is about `fdread`, G_IO_OUT about `fdwrite`; G_IO_HUP, G_IO_ERR and
/// G_IO_NVAL, when asked for, about both. G_IO_PRI is never reported. For the rest
/// see qio_channel_create_fd_watch().
///
/// @param ioc the channel, which the source references until it is finalised
/// @param fdread the descriptor that is read from
/// @param fdwrite the descriptor that is written to
/// @param condition what to watch for
///
/// @return (transfer full): a new source, not attached to any context.
///
/// # Safety
///
/// `ioc` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_create_fd_pair_watch(
    ioc: *mut QIOChannel,
    fdread: c_int,
    fdwrite: c_int,
    condition: GIOCondition,
) -> *mut GSource {
    // SAFETY: passed on to the caller.
    watch::fd_pair_watch(unsafe { Channel::from_raw(ioc) }, fdread, fdwrite, condition).into_raw()
}
