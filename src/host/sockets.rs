//! Connecting and listening by address.

use std::ffi::c_int;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr::null_mut;

use libc::{sockaddr_storage, socklen_t};

use super::address::OwnedAddress;
use super::error::OwnedError;
use crate::abi::qapi::qapi_types_sockets::{InetSocketAddress, SocketAddress};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::error::Error;
use crate::sys::Errno;
use crate::sys::socket::SocketName;

unsafe extern "C" {
    fn socket_connect(address: *mut SocketAddress, errp: *mut *mut RawError) -> c_int;
    fn socket_listen(address: *mut SocketAddress, num: c_int, errp: *mut *mut RawError) -> c_int;
    fn socket_dgram(
        remote: *mut SocketAddress,
        local: *mut SocketAddress,
        errp: *mut *mut RawError,
    ) -> c_int;
    fn socket_listen_cleanup(fd: c_int, errp: *mut *mut RawError);
    fn socket_sockaddr_to_address(
        name: *mut sockaddr_storage,
        length: socklen_t,
        errp: *mut *mut RawError,
    ) -> *mut SocketAddress;
    fn inet_ai_family_from_address(
        address: *mut InetSocketAddress,
        errp: *mut *mut RawError,
    ) -> c_int;
}

/// Calls a function of the host that reports errors through its argument.
#[track_caller]
fn call<T>(function: impl FnOnce(*mut *mut RawError) -> T) -> Result<T, Error> {
    let mut error = null_mut();
    // So that a failure without a failed system call leaves none behind.
    Errno::new(0).store();
    let result = function(&raw mut error);
    let errno = Some(Errno::last()).filter(|errno| errno.get() != 0);
    // SAFETY: the host stores an error of its own, or leaves NULL.
    match unsafe { OwnedError::from_raw(error) } {
        Some(error) => Err(Error::from_host(error, errno)),
        None => Ok(result),
    }
}

/// The descriptor that the host returned.
#[track_caller]
fn descriptor(function: impl FnOnce(*mut *mut RawError) -> c_int) -> Result<OwnedFd, Error> {
    match call(function)? {
        // SAFETY: the host has opened it, or was given it, for the caller.
        fd @ 0.. => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(Error::new("No socket, and no error to say why")),
    }
}

/// Connects to an address; blocks.
///
/// # Safety
///
/// `address` is a valid address.
pub(crate) unsafe fn connect(address: *mut SocketAddress) -> Result<OwnedFd, Error> {
    // SAFETY: passed on to the caller.
    descriptor(|errp| unsafe { socket_connect(address, errp) })
}

/// Listens at an address; blocks while names are looked up.
///
/// # Safety
///
/// `address` is a valid address.
pub(crate) unsafe fn listen(address: *mut SocketAddress, backlog: c_int) -> Result<OwnedFd, Error> {
    // SAFETY: passed on to the caller.
    descriptor(|errp| unsafe { socket_listen(address, backlog, errp) })
}

/// A datagram socket from `local` (NULL: any address) to `remote`.
///
/// # Safety
///
/// `remote` is a valid address; `local` is NULL or one.
pub(crate) unsafe fn datagram(
    remote: *mut SocketAddress,
    local: *mut SocketAddress,
) -> Result<OwnedFd, Error> {
    // SAFETY: passed on to the caller.
    descriptor(|errp| unsafe { socket_dgram(remote, local, errp) })
}

/// Removes the path that a Unix socket listens at.
pub(crate) fn remove_path(fd: c_int) -> Result<(), Error> {
    // SAFETY: any number may be asked about.
    call(|errp| unsafe { socket_listen_cleanup(fd, errp) })
}

/// The address in the API's form.
pub(crate) fn to_address(name: &SocketName) -> Result<OwnedAddress, Error> {
    let mut storage = name.storage;
    let address = call(|errp| {
        // SAFETY: the name is readable for its length, and the result is ours.
        unsafe {
            let raw = socket_sockaddr_to_address(&raw mut storage, name.length, errp);
            OwnedAddress::from_raw(raw)
        }
    })?;
    address.ok_or_else(|| Error::new("No address, and no error to say why"))
}

/// The protocol family that the flags of an address select; `PF_UNSPEC` for any.
///
/// # Safety
///
/// `address` is a valid address.
pub(crate) unsafe fn family_of(address: *mut InetSocketAddress) -> Result<c_int, Error> {
    // SAFETY: passed on to the caller.
    call(|errp| unsafe { inet_ai_family_from_address(address, errp) })
}
