//! A channel over a socket.
//!
//! The public struct is the only place where the state is kept: C code stores
//! descriptors into it and reads the addresses, so every operation starts from
//! its fields.
//!
//! | file | idea |
//! |---|---|
//! | `mod` | the class: what a `QIOChannel` can do |
//! | `open` | new channels: connect, listen, datagrams, accept |
//! | `transfer` | reading and writing, with descriptors |
//! | `zero_copy` | writes that the kernel sends from the caller's memory |
//! | `later` | the same as `open`, in threads of their own |

mod later;
mod open;
mod transfer;
mod zero_copy;

use std::ffi::{CStr, c_int};

use glib_sys::GIOCondition;

use super::dispatch::Channel;
#[cfg(feature = "backports")]
use super::extension::class::Extension;
use super::file::blocking_error;
use super::request::{Read, ReadFlags, Write};
use super::watch::{Watch, fd_watch};
use super::{ChannelImpl, Flush, Shutdown, Transfer};
use crate::abi::io::channel::{QIOChannelFeature, QIOChannelShutdown};
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::values::QIOChannelShutdownValue;
use crate::error::Error;
use crate::host::address::OwnedAddress;
use crate::host::aio::FdHandlers;
use crate::host::object::ObjectType;
use crate::host::sockets;
use crate::sys::socket::{self, SocketName};
use crate::sys::{self};

pub(crate) use later::{connect_later, datagram_later, listen_later};
pub(crate) use open::{accept, from_fd, new};

/// No descriptor.
const CLOSED: c_int = -1;

// SAFETY: `repr(C)`, starts with a QIOChannel, registered with its size.
unsafe impl ObjectType for QIOChannelSocket {
    const TYPE_NAME: &'static CStr = c"qio-channel-socket";
}

impl QIOChannelSocket {
    /// The socket's own address, as it was when the channel got it.
    pub(crate) fn local_address(&self) -> Result<OwnedAddress, Error> {
        let (storage, length) = (self.localAddr.get(), self.localAddrLen.get());
        sockets::to_address(&SocketName { storage, length })
    }

    /// The peer's address, as it was when the channel got the socket.
    pub(crate) fn remote_address(&self) -> Result<OwnedAddress, Error> {
        let (storage, length) = (self.remoteAddr.get(), self.remoteAddrLen.get());
        sockets::to_address(&SocketName { storage, length })
    }

    fn set_local_name(&self, name: &SocketName) {
        self.localAddr.set(name.storage);
        self.localAddrLen.set(name.length);
    }

    fn set_remote_name(&self, name: &SocketName) {
        self.remoteAddr.set(name.storage);
        self.remoteAddrLen.set(name.length);
    }

    fn set_feature(&self, feature: QIOChannelFeature) {
        Channel::of(self).set_feature(feature as u32);
    }

    /// Sets how much may wait to be sent. The kernel has limits of its own.
    #[cfg(feature = "backports")]
    pub(crate) fn set_send_buffer(&self, size: usize) -> Result<(), Error> {
        let size = c_int::try_from(size).unwrap_or(c_int::MAX);
        socket::set_option(self.fd.get(), libc::SOL_SOCKET, libc::SO_SNDBUF, size)
            .map_err(|errno| Error::with_errno(errno, "Unable to set the socket's send buffer"))
    }

    /// Removes the path of a listener that has one.
    fn remove_path(&self) -> Result<(), Error> {
        let listens = QIOChannelFeature::QIO_CHANNEL_FEATURE_LISTEN as u32;
        if !Channel::of(self).has_feature(listens) {
            return Ok(());
        }
        let fd = self.fd.get();
        match socket::local_name(fd) {
            Ok(name) if !has_path(&name) => Ok(()),
            _ => sockets::remove_path(fd),
        }
    }
}

/// Whether an address is a path, and not an abstract name that may look like one.
fn has_path(name: &SocketName) -> bool {
    name.family() == libc::AF_UNIX && name.as_unix().sun_path[0] != 0
}

/// Ends one or both directions; what is neither of the two ends both.
fn shutdown(channel: &QIOChannelSocket, how: QIOChannelShutdownValue) -> Result<(), Error> {
    const READ: QIOChannelShutdownValue = QIOChannelShutdown::QIO_CHANNEL_SHUTDOWN_READ as u32;
    const WRITE: QIOChannelShutdownValue = QIOChannelShutdown::QIO_CHANNEL_SHUTDOWN_WRITE as u32;
    let how = match how {
        READ => libc::SHUT_RD,
        WRITE => libc::SHUT_WR,
        _ => libc::SHUT_RDWR,
    };
    socket::shutdown(channel.fd.get(), how)
        .map_err(|errno| Error::with_errno(errno, "Unable to shut down socket"))
}

/// Sets an option of TCP, where the socket is that.
fn set_tcp_option(channel: &QIOChannelSocket, option: c_int, value: bool) {
    // Other sockets have nothing to delay; there is no way to report it either.
    let _ = socket::set_option(channel.fd.get(), libc::IPPROTO_TCP, option, c_int::from(value));
}

/// Releases the socket of a channel that nobody has any more.
fn finalize(channel: &QIOChannelSocket) {
    if channel.fd.get() == CLOSED {
        return;
    }
    if let Err(error) = channel.remove_path() {
        error.into_object(c"object_unref").report();
    }
    // Nobody is left who could hear of a failure.
    let _ = sys::fd::close(channel.fd.replace(CLOSED));
}

impl ChannelImpl for QIOChannelSocket {
    const INIT: Option<fn(&Self)> = Some(|channel| channel.fd.set(CLOSED));
    const FINALIZE: Option<fn(&Self)> = Some(finalize);
    const SHUTDOWN: Option<Shutdown<Self>> = Some(shutdown);
    const SET_CORK: Option<fn(&Self, bool)> =
        Some(|channel, enabled| set_tcp_option(channel, libc::TCP_CORK, enabled));
    const SET_DELAY: Option<fn(&Self, bool)> =
        Some(|channel, enabled| set_tcp_option(channel, libc::TCP_NODELAY, !enabled));
    const SET_AIO_FD_HANDLER: Option<fn(&Self, FdHandlers)> =
        Some(|channel, handlers| handlers.register(channel.fd.get()));
    const FLUSH: Option<Flush<Self>> = Some(zero_copy::flush);

    #[cfg(feature = "backports")]
    const EXTENSION: Extension<Self> = Extension {
        readv: Some(transfer::read),
        peer_pid: Some(|channel| {
            socket::peer_process(channel.fd.get())
                .map(c_int::cast_unsigned)
                .map_err(|errno| Error::with_errno(errno, "Unable to query the socket's peer"))
        }),
        ..Extension::NONE
    };

    #[inline]
    fn writev(&self, request: Write<'_>) -> Transfer {
        transfer::write(self, request)
    }

    #[inline]
    fn readv(&self, request: Read<'_>) -> Transfer {
        transfer::read(self, request, ReadFlags::NONE)
    }

    fn close(&self) -> Result<(), Error> {
        if self.fd.get() == CLOSED {
            return Ok(());
        }
        let removed = self.remove_path();
        // The number is free for others whatever close(2) says.
        let closed = sys::fd::close(self.fd.replace(CLOSED))
            .map_err(|errno| Error::with_errno(errno, "Unable to close socket"));
        removed.and(closed)
    }

    fn set_blocking(&self, enabled: bool) -> Result<(), Error> {
        let fd = self.fd.get();
        sys::fd::set_blocking(fd, enabled).map_err(|errno| blocking_error(errno, fd, enabled))
    }

    fn create_watch(&self, condition: GIOCondition) -> Watch {
        fd_watch(Channel::of(self), self.fd.get(), condition)
    }
}
