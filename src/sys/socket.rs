//! Sockets and their addresses.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr::null_mut;

use libc::{iovec, msghdr, sockaddr, sockaddr_storage, socklen_t};

use super::errno::{Errno, retry};
use super::{Buffers, BuffersMut};

/// The size of a `sockaddr_storage`.
pub(crate) const STORAGE_SIZE: socklen_t = size_of::<sockaddr_storage>() as socklen_t;

/// The address of a socket, as the kernel knows it.
#[derive(Clone, Copy)]
pub(crate) struct SocketName {
    /// The address; zero behind its length.
    pub(crate) storage: sockaddr_storage,
    /// Its length. The kernel may report one more than fits a `sockaddr_un`.
    pub(crate) length: socklen_t,
}

impl SocketName {
    /// No address: family 0, and the full length.
    pub(crate) fn unset() -> Self {
        Self {
            // SAFETY: zero is valid for all of its fields.
            storage: unsafe { std::mem::zeroed() },
            length: STORAGE_SIZE,
        }
    }

    /// A copy of an address of the C library.
    ///
    /// # Safety
    ///
    /// `address` is readable for `length` bytes.
    pub(crate) unsafe fn from_raw(address: *const sockaddr, length: socklen_t) -> Self {
        let mut name = Self::unset();
        name.length = length.min(STORAGE_SIZE);
        // SAFETY: both are at least that long, and the target is a local.
        unsafe {
            std::ptr::copy_nonoverlapping(
                address.cast::<u8>(),
                (&raw mut name.storage).cast(),
                name.length as usize,
            );
        }
        name
    }

    /// The address family.
    pub(crate) fn family(&self) -> c_int {
        c_int::from(self.storage.ss_family)
    }

    /// The address as one of the `sockaddr_…` types.
    ///
    /// # Safety
    ///
    /// `T` is one of them (so that any bytes are valid).
    pub(super) unsafe fn cast<T: Copy>(&self) -> T {
        const { assert!(size_of::<T>() <= size_of::<sockaddr_storage>()) };
        // SAFETY: a storage is as large and as aligned as any of them.
        unsafe { (&raw const self.storage).cast::<T>().read() }
    }

    /// The address as a Unix one.
    pub(crate) fn as_unix(&self) -> libc::sockaddr_un {
        // SAFETY: one of the types.
        unsafe { self.cast() }
    }
}

/// The descriptor a system call returned.
pub(crate) fn owned(result: Result<usize, Errno>) -> Result<OwnedFd, Errno> {
    // SAFETY: the kernel has just opened it for the caller.
    result.map(|fd| unsafe { OwnedFd::from_raw_fd(fd as c_int) })
}

/// accept(2), close-on-exec, with the peer's address.
pub(crate) fn accept(fd: c_int) -> Result<(OwnedFd, SocketName), Errno> {
    let mut name = SocketName::unset();
    let client = owned(retry(|| {
        name.length = STORAGE_SIZE;
        let address = (&raw mut name.storage).cast();
        // SAFETY: the address is writable for the length that is given with it.
        unsafe { libc::accept4(fd, address, &raw mut name.length, libc::SOCK_CLOEXEC) as isize }
    }))?;
    Ok((client, name))
}

/// shutdown(2).
pub(crate) fn shutdown(fd: c_int, how: c_int) -> Result<(), Errno> {
    // SAFETY: touches no memory.
    retry(|| unsafe { libc::shutdown(fd, how) } as isize).map(|_| ())
}

/// getsockname(2).
pub(crate) fn local_name(fd: c_int) -> Result<SocketName, Errno> {
    name_of(fd, libc::getsockname)
}

/// getpeername(2).
pub(crate) fn peer_name(fd: c_int) -> Result<SocketName, Errno> {
    name_of(fd, libc::getpeername)
}

fn name_of(
    fd: c_int,
    get: unsafe extern "C" fn(c_int, *mut sockaddr, *mut socklen_t) -> c_int,
) -> Result<SocketName, Errno> {
    let mut name = SocketName::unset();
    let address = (&raw mut name.storage).cast();
    // SAFETY: the address is writable for the length that is given with it.
    retry(|| unsafe { get(fd, address, &raw mut name.length) } as isize)?;
    Ok(name)
}

/// Sets an option that is an int.
pub(crate) fn set_option(
    fd: c_int,
    level: c_int,
    option: c_int,
    value: c_int,
) -> Result<(), Errno> {
    let size = size_of::<c_int>() as socklen_t;
    // SAFETY: the value is readable for its size.
    retry(|| unsafe {
        libc::setsockopt(fd, level, option, (&raw const value).cast(), size) as isize
    })
    .map(|_| ())
}

/// The kind of socket (`SOCK_…`); fails for what is not a socket.
pub(crate) fn socket_type(fd: c_int) -> Result<c_int, Errno> {
    let mut value = MaybeUninit::<c_int>::zeroed();
    let mut size = size_of::<c_int>() as socklen_t;
    // SAFETY: the value is writable for its size, and zero to begin with.
    unsafe {
        let target = value.as_mut_ptr().cast();
        retry(|| {
            libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, target, &raw mut size) as isize
        })?;
        Ok(value.assume_init())
    }
}

/// The process that had the other end when a Unix socket was connected; 0 if the
/// kernel does not know.
#[cfg(feature = "backports")]
pub(crate) fn peer_process(fd: c_int) -> Result<libc::pid_t, Errno> {
    let mut value = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut size = size_of::<libc::ucred>() as socklen_t;
    let target = (&raw mut value).cast();
    // SAFETY: the value is writable for its size.
    retry(|| unsafe {
        libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_PEERCRED, target, &raw mut size) as isize
    })?;
    Ok(value.pid)
}

/// A message header over `elements`, without an address or control data.
pub(super) fn message(elements: &[iovec]) -> msghdr {
    // SAFETY: zero is valid for all fields of a msghdr.
    let mut message: msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = elements.as_ptr().cast_mut();
    message.msg_iovlen = elements.len();
    message
}

/// Several elements, as the kernel takes them. Too many are cut where a short
/// transfer is legal; a message of any other kind must not be split, and the
/// kernel refuses it.
#[inline]
pub(super) fn limited<'a>(fd: c_int, all: &'a [iovec], one_call: &'a [iovec]) -> &'a [iovec] {
    let too_many = all.len() > one_call.len();
    if too_many && socket_type(fd) == Ok(libc::SOCK_STREAM) { one_call } else { all }
}

/// send(2) or, for several elements, sendmsg(2). An empty request asks the kernel
/// too. Never raises SIGPIPE.
// A frame less to return through: after a system call each return is mispredicted.
#[inline(always)]
pub(crate) fn send(fd: c_int, buffers: Buffers<'_>, flags: c_int) -> Result<usize, Errno> {
    let flags = flags | libc::MSG_NOSIGNAL;
    let (base, length) = match buffers.elements() {
        [] => (null_mut(), 0),
        [element] => (element.iov_base, element.iov_len),
        elements => {
            let message = message(limited(fd, elements, buffers.for_one_call()));
            // SAFETY: `Buffers` vouches for the memory.
            return retry(|| unsafe { libc::sendmsg(fd, &raw const message, flags) });
        }
    };
    // SAFETY: `Buffers` vouches for the memory; any `fd` is fine for the kernel.
    retry(|| unsafe { libc::send(fd, base, length, flags) })
}

/// recv(2) or, for several elements, recvmsg(2). An empty request asks the kernel
/// too.
// A frame less to return through: after a system call each return is mispredicted.
#[inline(always)]
pub(crate) fn receive(fd: c_int, buffers: BuffersMut<'_>, flags: c_int) -> Result<usize, Errno> {
    let (base, length) = match buffers.elements() {
        [] => (null_mut(), 0),
        [element] => (element.iov_base, element.iov_len),
        elements => {
            let mut message = message(limited(fd, elements, buffers.for_one_call()));
            // SAFETY: `BuffersMut` vouches for the memory.
            return retry(|| unsafe { libc::recvmsg(fd, &raw mut message, flags) });
        }
    };
    // SAFETY: `BuffersMut` vouches for the memory; any `fd` is fine for the kernel.
    retry(|| unsafe { libc::recv(fd, base, length, flags) })
}
