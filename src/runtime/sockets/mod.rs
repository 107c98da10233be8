//! Sockets by address.
//!
//! | file | idea |
//! |---|---|
//! | `address` | what an address of a C caller says |
//! | `inet` | TCP and UDP, name resolution, port ranges, dual stack |
//! | `unix` | Unix sockets, by path and abstract |
//! | `vsock` | sockets between a virtual machine and its host |
//! | `descriptor` | sockets that exist already |
//! | `parse` | addresses from text |
//! | `format` | addresses from the kernel, and to text |
//! | `number` | numbers in text |
//!
//! The functions here choose between them by the kind of address.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod address;
mod descriptor;
mod format;
mod inet;
mod number;
mod parse;
mod unix;
mod vsock;

use std::ffi::{CStr, c_int};
use std::os::fd::OwnedFd;

use crate::error::Error;
use crate::sys::{self, Errno, endpoint, socket};

pub(crate) use address::{Address, Inet, Unix};
pub(crate) use descriptor::resolve as resolve_descriptor;
pub(crate) use format::{to_address, to_text};
pub(crate) use inet::{connect as inet_connect, family as inet_family};
pub(crate) use parse::{address as parse_address, inet as parse_inet};
pub(crate) use unix::{connect as unix_connect, listen as unix_listen};

/// Connects to an address; blocks.
pub(crate) fn connect(address: &Address<'_>) -> Result<OwnedFd, Error> {
    match address {
        Address::Inet(inet) => inet::connect(inet),
        Address::Unix(unix) => unix::connect(unix),
        Address::Vsock(vsock) => vsock::connect(vsock),
        Address::Descriptor(text) => descriptor::resolve(*text),
        Address::Unknown(number) => unknown_type("socket_connect", *number),
    }
}

/// Listens at an address; blocks while names are looked up.
pub(crate) fn listen(address: &Address<'_>, backlog: c_int) -> Result<OwnedFd, Error> {
    match address {
        Address::Inet(inet) => inet::listen(inet, backlog),
        Address::Unix(unix) => unix::listen(unix, backlog),
        Address::Vsock(vsock) => vsock::listen(vsock, backlog),
        Address::Descriptor(text) => descriptor::listen(*text, backlog),
        Address::Unknown(number) => unknown_type("socket_listen", *number),
    }
}

/// A datagram socket from `local`, or any address, to `remote`.
pub(crate) fn datagram(
    remote: &Address<'_>,
    local: Option<&Address<'_>>,
) -> Result<OwnedFd, Error> {
    match (remote, local) {
        (Address::Inet(remote), None) => inet::datagram(remote, None),
        (Address::Inet(remote), Some(Address::Inet(local))) => inet::datagram(remote, Some(local)),
        (Address::Inet(_), Some(_)) => {
            Err(Error::new("Unsupported local address for a datagram socket: it must be inet"))
        }
        _ => Err(Error::new("Unsupported address for a datagram socket: it must be inet")),
    }
}

/// Removes the path that a Unix socket listens at, if it is one with a path.
pub(crate) fn remove_path(fd: c_int) -> Result<(), Error> {
    let name = socket::local_name(fd)
        .map_err(|errno| Error::with_errno(errno, "Unable to query local socket address"))?;
    unix::remove_path(&name)
}

/// Ends the process: the address is of no kind that exists.
pub(crate) fn unknown_type(function: &str, number: u32) -> ! {
    fatal!("{function}: there is no address type {number}")
}

/// Text of an address for a message.
fn shown(text: Option<&CStr>) -> String {
    text.unwrap_or_default().to_string_lossy().into_owned()
}

/// Makes the socket listen; `place` says where it is.
fn start_listening(socket: OwnedFd, backlog: c_int, place: &str) -> Result<OwnedFd, Error> {
    match endpoint::listen(&socket, backlog) {
        Ok(()) => Ok(socket),
        Err(errno) => Err(Error::with_errno(errno, format!("Unable to listen on {place}"))),
    }
}

/// A new stream socket of a family that has only one kind.
fn stream_socket(family: c_int, kind: &str) -> Result<OwnedFd, Error> {
    endpoint::open(family, libc::SOCK_STREAM, 0)
        .map_err(|errno| Error::with_errno(errno, format!("Unable to create {kind} socket")))
}

/// Connects the socket to the address that the user knows as `place`.
fn start_connection(
    socket: OwnedFd,
    name: &socket::SocketName,
    place: &str,
) -> Result<OwnedFd, Error> {
    match endpoint::connect(&socket, name) {
        Ok(()) => Ok(socket),
        Err(errno) => Err(Error::with_errno(errno, format!("Failed to connect to '{place}'"))),
    }
}

/// Sends everything, on a blocking socket. Returns what was sent before a failure.
///
/// # Safety
///
/// `data` is readable for `count` bytes.
pub(crate) unsafe fn send_full(fd: c_int, data: *const u8, count: usize) -> (usize, Option<Errno>) {
    let mut sent = 0;
    while sent < count {
        let element = libc::iovec {
            iov_base: data.wrapping_add(sent).cast_mut().cast(),
            iov_len: count - sent,
        };
        // SAFETY: one element over what is left of the caller's memory.
        let buffers = unsafe { sys::Buffers::from_raw(&raw const element, 1) };
        match socket::send(fd, buffers, 0) {
            Ok(0) => break,
            Ok(count) => sent += count,
            Err(errno) => return (sent, Some(errno)),
        }
    }
    (sent, None)
}
