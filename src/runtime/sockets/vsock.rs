//! Sockets between a virtual machine and its host.

use std::ffi::{CStr, c_int};
use std::os::fd::OwnedFd;

use libc::sockaddr_vm;

use super::address::Vsock;
use super::{number, shown, start_connection, start_listening, stream_socket};
use crate::error::Error;
use crate::sys::endpoint;
use crate::sys::socket::SocketName;

/// Connects to a vsock address.
pub(super) fn connect(address: &Vsock<'_>) -> Result<OwnedFd, Error> {
    let name = name(address)?;
    let socket = stream_socket(libc::AF_VSOCK, "vsock")?;
    start_connection(socket, &name, &place(address))
}

/// Listens at a vsock address.
pub(super) fn listen(address: &Vsock<'_>, backlog: c_int) -> Result<OwnedFd, Error> {
    let name = name(address)?;
    let socket = stream_socket(libc::AF_VSOCK, "vsock")?;
    let place = place(address);
    endpoint::bind(&socket, &name).map_err(|errno| {
        Error::with_errno(errno, format!("Unable to bind a vsock socket to '{place}'"))
    })?;
    start_listening(socket, backlog, &format!("'{place}'"))
}

fn place(address: &Vsock<'_>) -> String {
    format!("{}:{}", shown(address.cid), shown(address.port))
}

/// The address in the kernel's form.
fn name(address: &Vsock<'_>) -> Result<SocketName, Error> {
    // SAFETY: zero is valid for all of its fields.
    let mut name: sockaddr_vm = unsafe { std::mem::zeroed() };
    name.svm_family = libc::AF_VSOCK as libc::sa_family_t;
    name.svm_cid = part(address.cid, "cid")?;
    name.svm_port = part(address.port, "port")?;
    Ok(SocketName::from_value(&name, size_of::<sockaddr_vm>()))
}

/// One of the two numbers of an address.
fn part(text: Option<&CStr>, what: &str) -> Result<u32, Error> {
    let bytes = text.map_or(&b""[..], CStr::to_bytes);
    number::parse_unsigned(bytes).map_err(|errno| {
        Error::with_errno(errno, format!("'{}' is not a vsock {what}", shown(text)))
    })
}
