//! New channels over sockets.

use std::ffi::c_int;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

use super::CLOSED;
use crate::abi::io::channel::QIOChannelFeature;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::qapi::qapi_types_sockets::SocketAddress;
use crate::error::Error;
use crate::host::object::ObjectRef;
use crate::host::sockets;
use crate::sys::socket::{self, SocketName};

/// A channel without a socket.
pub(crate) fn new() -> ObjectRef<QIOChannelSocket> {
    let channel = ObjectRef::<QIOChannelSocket>::new();
    channel.set_feature(QIOChannelFeature::QIO_CHANNEL_FEATURE_SHUTDOWN);
    channel
}

/// A channel over a socket, which it owns unless this fails.
pub(crate) fn from_fd(fd: c_int) -> Result<ObjectRef<QIOChannelSocket>, Error> {
    let channel = new();
    channel.capture(fd)?;
    Ok(channel)
}

/// Accepts a client of a listening channel.
pub(crate) fn accept(listener: &QIOChannelSocket) -> Result<ObjectRef<QIOChannelSocket>, Error> {
    let (socket, peer) = socket::accept(listener.fd.get())
        .map_err(|errno| Error::with_errno(errno, "Unable to accept connection"))?;
    let own = socket::local_name(socket.as_raw_fd()).map_err(local_name_error)?;
    let channel = new();
    channel.set_remote_name(&peer);
    channel.set_local_name(&own);
    channel.allow_descriptors();
    channel.fd.set(socket.into_raw_fd());
    Ok(channel)
}

#[track_caller]
fn local_name_error(errno: crate::sys::Errno) -> Error {
    Error::with_errno(errno, "Unable to query local socket address")
}

impl QIOChannelSocket {
    /// Connects to an address; blocks.
    ///
    /// # Safety
    ///
    /// `address` is a valid address.
    pub(crate) unsafe fn connect(&self, address: *mut SocketAddress) -> Result<(), Error> {
        self.check_unused()?;
        // SAFETY: passed on to the caller.
        self.take(unsafe { sockets::connect(address) }?)?;
        if socket::set_option(self.fd.get(), libc::SOL_SOCKET, libc::SO_ZEROCOPY, 1).is_ok() {
            self.set_feature(QIOChannelFeature::QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
        }
        Ok(())
    }

    /// Listens at an address; blocks while names are looked up.
    ///
    /// # Safety
    ///
    /// `address` is a valid address.
    pub(crate) unsafe fn listen(
        &self,
        address: *mut SocketAddress,
        backlog: c_int,
    ) -> Result<(), Error> {
        self.check_unused()?;
        // SAFETY: passed on to the caller; the type selects the member.
        let socket = unsafe {
            if (*address).r#type == 1 && (*address).u.q_unix.path.is_null() {
                return Err(Error::new("No path was given for the Unix socket"));
            }
            sockets::listen(address, backlog)?
        };
        self.capture(socket.as_raw_fd()).inspect_err(|_| {
            // It is bound to a path that nobody will connect to.
            let _ = sockets::remove_path(socket.as_raw_fd());
        })?;
        // The channel has it now.
        let _ = socket.into_raw_fd();
        self.set_feature(QIOChannelFeature::QIO_CHANNEL_FEATURE_LISTEN);
        Ok(())
    }

    /// Sends datagrams from `local` (NULL: any address) to `remote`.
    ///
    /// # Safety
    ///
    /// `remote` is a valid address; `local` is NULL or one.
    pub(crate) unsafe fn datagram(
        &self,
        local: *mut SocketAddress,
        remote: *mut SocketAddress,
    ) -> Result<(), Error> {
        self.check_unused()?;
        // SAFETY: passed on to the caller.
        let socket = unsafe {
            if !local.is_null() && (*local).r#type != 0 {
                return Err(Error::new("The local address of a datagram socket must be inet"));
            }
            sockets::datagram(remote, local)?
        };
        self.take(socket)
    }

    /// Refuses a channel that has a socket: nobody may lose it without a word.
    fn check_unused(&self) -> Result<(), Error> {
        match self.fd.get() {
            CLOSED => Ok(()),
            _ => Err(Error::new("Socket is already open")),
        }
    }

    /// Makes the socket the channel's; it is closed if that fails.
    fn take(&self, socket: OwnedFd) -> Result<(), Error> {
        self.capture(socket.as_raw_fd())?;
        // The channel has it now.
        let _ = socket.into_raw_fd();
        Ok(())
    }

    /// Makes the descriptor the channel's, unless this fails.
    fn capture(&self, fd: c_int) -> Result<(), Error> {
        self.check_unused()?;
        let remote = match socket::peer_name(fd) {
            Err(errno) if errno.get() == libc::ENOTCONN => SocketName::unset(),
            Err(errno) => {
                return Err(Error::with_errno(errno, "Unable to query remote socket address"));
            }
            Ok(name) => name,
        };
        let local = socket::local_name(fd).map_err(local_name_error)?;
        self.set_remote_name(&remote);
        self.set_local_name(&local);
        self.allow_descriptors();
        self.zero_copy_queued.set(0);
        self.zero_copy_sent.set(0);
        self.zero_copy_outcome.set(0);
        self.fd.set(fd);
        Ok(())
    }

    /// Unix sockets can pass descriptors.
    fn allow_descriptors(&self) {
        if c_int::from(self.localAddr.get().ss_family) == libc::AF_UNIX {
            self.set_feature(QIOChannelFeature::QIO_CHANNEL_FEATURE_FD_PASS);
        }
    }
}
