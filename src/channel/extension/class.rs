//! The functions of a `ChannelImpl`, as C functions.

use std::ffi::{c_int, c_uint};

use libc::{iovec, off_t};

use super::NO_FUNCTIONS;
use crate::abi::io::channel::{QIOChannel, QIOChannelClass};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::channel::class::{instance, store, transferred};
use crate::channel::request::{DescriptorSink, Read, ReadFlags};
use crate::channel::{ChannelImpl, Transfer};
use crate::error::Error;
use crate::sys::{Buffers, BuffersMut};

/// Tells the process id of the peer.
type PeerPid<T> = fn(&T) -> Result<c_uint, Error>;

/// What a channel class can do beyond the slots of its struct.
pub(crate) struct Extension<T> {
    /// Reads with flags.
    pub(crate) readv: Option<fn(&T, Read<'_>, ReadFlags) -> Transfer>,
    /// Writes at an offset.
    pub(crate) pwritev: Option<fn(&T, Buffers<'_>, i64) -> Transfer>,
    /// Reads at an offset.
    pub(crate) preadv: Option<fn(&T, BuffersMut<'_>, i64) -> Transfer>,
    /// Tells the process id of the peer; 0 if that is not known.
    pub(crate) peer_pid: Option<PeerPid<T>>,
}

impl<T> Extension<T> {
    /// Nothing.
    pub(crate) const NONE: Self = Self { readv: None, pwritev: None, preadv: None, peer_pid: None };
}

/// Registers what the class of `T` has, if anything.
///
/// # Safety
///
/// `class` is the class of `T`.
pub(crate) unsafe fn register<T: ChannelImpl>(class: *mut QIOChannelClass) {
    let mut extension = NO_FUNCTIONS;
    if T::EXTENSION.readv.is_some() {
        extension.io_readv_flags = Some(io_readv_flags::<T>);
    }
    if T::EXTENSION.pwritev.is_some() {
        extension.io_pwritev = Some(io_pwritev::<T>);
    }
    if T::EXTENSION.preadv.is_some() {
        extension.io_preadv = Some(io_preadv::<T>);
    }
    if T::EXTENSION.peer_pid.is_some() {
        extension.io_peerpid = Some(io_peerpid::<T>);
    }
    // SAFETY: passed on to the caller; the extension is a local.
    unsafe { super::register(class, &raw const extension) };
}

pub(super) unsafe extern "C" fn io_readv_flags<T: ChannelImpl>(
    channel: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut *mut c_int,
    nfds: *mut usize,
    flags: c_int,
    errp: *mut *mut RawError,
) -> isize {
    let Some(readv) = T::EXTENSION.readv else { return -1 };
    // SAFETY: the slot's contract: an instance, `niov` writable elements, and pointers
    // that are NULL or writable.
    let (channel, request) = unsafe {
        let request = Read {
            buffers: BuffersMut::from_raw(iov, niov),
            descriptors: DescriptorSink::from_raw(fds, nfds),
        };
        (instance::<T>(channel), request)
    };
    transferred(readv(channel, request, ReadFlags::from_raw(flags)), errp, c"io_readv")
}

pub(super) unsafe extern "C" fn io_preadv<T: ChannelImpl>(
    channel: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    offset: off_t,
    errp: *mut *mut RawError,
) -> isize {
    let Some(preadv) = T::EXTENSION.preadv else { return -1 };
    // SAFETY: the slot's contract: an instance and `niov` writable elements.
    let result = unsafe { preadv(instance(channel), BuffersMut::from_raw(iov, niov), offset) };
    transferred(result, errp, c"io_preadv")
}

pub(super) unsafe extern "C" fn io_pwritev<T: ChannelImpl>(
    channel: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    offset: off_t,
    errp: *mut *mut RawError,
) -> isize {
    let Some(pwritev) = T::EXTENSION.pwritev else { return -1 };
    // SAFETY: the slot's contract: an instance and `niov` readable elements.
    let result = unsafe { pwritev(instance(channel), Buffers::from_raw(iov, niov), offset) };
    transferred(result, errp, c"io_pwritev")
}

unsafe extern "C" fn io_peerpid<T: ChannelImpl>(
    channel: *mut QIOChannel,
    pid: *mut c_uint,
    errp: *mut *mut RawError,
) -> c_int {
    let Some(peer_pid) = T::EXTENSION.peer_pid else { return -1 };
    // SAFETY: the slot's contract: an instance, and a writable place.
    unsafe {
        match peer_pid(instance(channel)) {
            Ok(number) => {
                *pid = number;
                0
            }
            Err(error) => {
                *pid = c_uint::MAX;
                store(error, errp, c"io_peerpid");
                -1
            }
        }
    }
}
