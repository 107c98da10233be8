//! Making sockets, connecting them, and making them listen.

use std::ffi::c_int;
use std::os::fd::{AsRawFd, OwnedFd};

use libc::{sockaddr, socklen_t};

use super::errno::{Errno, retry};
use super::socket::{SocketName, owned};

impl SocketName {
    /// The address that is the value `address` of a `sockaddr_…` type.
    pub(crate) fn from_value<T: Copy>(address: &T, length: usize) -> Self {
        debug_assert!(length <= size_of::<T>());
        // SAFETY: `length` does not exceed the value.
        unsafe { Self::from_raw(std::ptr::from_ref(address).cast(), length as socklen_t) }
    }

    /// The address as a vsock one.
    pub(crate) fn as_vsock(&self) -> libc::sockaddr_vm {
        // SAFETY: one of the types.
        unsafe { self.cast() }
    }

    /// The port of an IPv4 or IPv6 address, which both have in the same place.
    pub(crate) fn port(&self) -> u16 {
        // SAFETY: one of the types.
        u16::from_be(unsafe { self.cast::<libc::sockaddr_in>() }.sin_port)
    }

    /// Changes the port of an IPv4 or IPv6 address.
    pub(crate) fn set_port(&mut self, port: u16) {
        let address = (&raw mut self.storage).cast::<libc::sockaddr_in>();
        // SAFETY: a storage is as large and as aligned as a sockaddr_in.
        unsafe { (*address).sin_port = port.to_be() };
    }

    fn as_ptr(&self) -> *const sockaddr {
        (&raw const self.storage).cast()
    }
}

/// socket(2), close-on-exec.
pub(crate) fn open(family: c_int, socket_type: c_int, protocol: c_int) -> Result<OwnedFd, Errno> {
    let socket_type = socket_type | libc::SOCK_CLOEXEC;
    // SAFETY: touches no memory.
    owned(retry(|| unsafe { libc::socket(family, socket_type, protocol) as isize }))
}

/// connect(2). A blocking one that a signal interrupts goes on in the background,
/// and a second call waits for it.
pub(crate) fn connect(socket: &OwnedFd, name: &SocketName) -> Result<(), Errno> {
    let fd = socket.as_raw_fd();
    // SAFETY: the address is readable for its length.
    retry(|| unsafe { libc::connect(fd, name.as_ptr(), name.length) } as isize).map(|_| ())
}

/// bind(2).
pub(crate) fn bind(socket: &OwnedFd, name: &SocketName) -> Result<(), Errno> {
    let fd = socket.as_raw_fd();
    // SAFETY: the address is readable for its length.
    retry(|| unsafe { libc::bind(fd, name.as_ptr(), name.length) } as isize).map(|_| ())
}

/// listen(2).
pub(crate) fn listen(socket: &OwnedFd, backlog: c_int) -> Result<(), Errno> {
    let fd = socket.as_raw_fd();
    // SAFETY: touches no memory.
    retry(|| unsafe { libc::listen(fd, backlog) } as isize).map(|_| ())
}
