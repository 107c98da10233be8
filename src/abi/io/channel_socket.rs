//! Types of `io/channel-socket.h`.

use std::cell::Cell;
use std::ffi::c_int;

use libc::{sockaddr_storage, socklen_t};

use crate::abi::io::channel::QIOChannel;

/// A channel over a socket: TCP, UDP, Unix, vsock or any other kind.
///
/// The fields are the only place where the channel keeps its state, and a program
/// may look at them; one that stores a descriptor of its own in `fd` gives it to
/// the channel.
#[allow(non_snake_case, reason = "the names are the C API's")]
#[repr(C)]
pub struct QIOChannelSocket {
    /// The base channel.
    pub parent: QIOChannel,
    /// The socket; -1 when there is none or it was closed.
    pub fd: Cell<c_int>,
    /// The socket's own address.
    pub localAddr: Cell<sockaddr_storage>,
    /// The length of `localAddr`.
    pub localAddrLen: Cell<socklen_t>,
    /// The peer's address; all zero if there is no peer.
    pub remoteAddr: Cell<sockaddr_storage>,
    /// The length of `remoteAddr`.
    pub remoteAddrLen: Cell<socklen_t>,
    /// What zero-copy writes came to since the last flush; private.
    pub(crate) zero_copy_outcome: Cell<u32>,
    /// Zero-copy writes that the kernel accepted.
    pub zero_copy_queued: Cell<isize>,
    /// Zero-copy writes whose memory the kernel has let go of.
    pub zero_copy_sent: Cell<isize>,
}
