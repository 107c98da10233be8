//! Control messages: descriptors that travel with data, and the error queue.

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::ffi::{c_int, c_uint};
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};

use libc::{cmsghdr, msghdr, sock_extended_err};
use smallvec::SmallVec;

use super::errno::{Errno, retry};
use super::socket::{limited, message};
use super::{Buffers, BuffersMut};

/// The most descriptors that one message carries.
pub(crate) const MAX_DESCRIPTORS: usize = 16;

/// Received descriptors, which are closed unless somebody takes them.
pub(crate) type Descriptors = SmallVec<[OwnedFd; MAX_DESCRIPTORS]>;

/// Room for control messages.
#[repr(C)]
struct Control<const SIZE: usize> {
    // Messages start with a header and are aligned as it is.
    _align: [cmsghdr; 0],
    bytes: [MaybeUninit<u8>; SIZE],
}

impl<const SIZE: usize> Control<SIZE> {
    fn zeroed() -> Self {
        Self { _align: [], bytes: [MaybeUninit::zeroed(); SIZE] }
    }

    /// Makes this the room for `message`.
    fn attach(&mut self, message: &mut msghdr) {
        message.msg_control = self.bytes.as_mut_ptr().cast();
        message.msg_controllen = SIZE;
    }
}

/// Bytes of a message with `count` ints.
const fn space_for_ints(count: usize) -> usize {
    // SAFETY: computes with its argument only.
    unsafe { libc::CMSG_SPACE((count * size_of::<c_int>()) as c_uint) as usize }
}

const DESCRIPTOR_SPACE: usize = space_for_ints(MAX_DESCRIPTORS);

/// Larger than a notice with the address of the offender behind it, so that the
/// kernel never has to cut one.
const ERROR_QUEUE_SPACE: usize = 256;

/// The control messages that the kernel has put into `message`.
fn control_messages(message: &msghdr) -> impl Iterator<Item = &cmsghdr> {
    // SAFETY: the kernel has filled in the control data of `message`; the macros
    // stay within it and return NULL at its end. It lives as long as `message`
    // borrows it.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message).as_ref() };
    std::iter::from_fn(move || {
        let current = next?;
        // SAFETY: as above.
        next = unsafe { libc::CMSG_NXTHDR(message, current).as_ref() };
        Some(current)
    })
}

/// Bytes of payload of a control message.
fn payload_length(header: &cmsghdr) -> usize {
    // SAFETY: computes with its argument only.
    header.cmsg_len.saturating_sub(unsafe { libc::CMSG_LEN(0) } as usize)
}

/// sendmsg(2) with at most [`MAX_DESCRIPTORS`] descriptors; the rest is not sent.
pub(crate) fn send_with_descriptors(
    fd: c_int,
    buffers: Buffers<'_>,
    descriptors: &[c_int],
    flags: c_int,
) -> Result<usize, Errno> {
    let descriptors = descriptors.get(..MAX_DESCRIPTORS).unwrap_or(descriptors);
    let mut control = Control::<DESCRIPTOR_SPACE>::zeroed();
    let mut message = message(limited(fd, buffers.elements(), buffers.for_one_call()));
    control.attach(&mut message);
    message.msg_controllen = space_for_ints(descriptors.len());
    // SAFETY: the control data has room for one message with so many ints, which the
    // first header is that of.
    unsafe {
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        let bytes = size_of_val(descriptors);
        (*header).cmsg_len = libc::CMSG_LEN(bytes as c_uint) as usize;
        let target = libc::CMSG_DATA(header);
        std::ptr::copy_nonoverlapping(descriptors.as_ptr().cast::<u8>(), target, bytes);
    }
    // SAFETY: `Buffers` vouches for the memory, and the control data is complete.
    retry(|| unsafe { libc::sendmsg(fd, &raw const message, flags | libc::MSG_NOSIGNAL) })
}

/// recvmsg(2) with the descriptors that came along, close-on-exec.
pub(crate) fn receive_with_descriptors(
    fd: c_int,
    buffers: BuffersMut<'_>,
    flags: c_int,
) -> Result<(usize, Descriptors), Errno> {
    let flags = flags | libc::MSG_CMSG_CLOEXEC;
    let mut control = Control::<DESCRIPTOR_SPACE>::zeroed();
    let mut message = message(limited(fd, buffers.elements(), buffers.for_one_call()));
    control.attach(&mut message);
    // SAFETY: `BuffersMut` vouches for the memory, `attach` for the control data.
    let count = retry(|| unsafe { libc::recvmsg(fd, &raw mut message, flags) })?;
    Ok((count, take_descriptors(&message)))
}

fn take_descriptors(message: &msghdr) -> Descriptors {
    let mut descriptors = Descriptors::new();
    for header in control_messages(message) {
        if (header.cmsg_level, header.cmsg_type) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            continue;
        }
        for index in 0..payload_length(header) / size_of::<c_int>() {
            // SAFETY: the payload has so many ints, not necessarily aligned. The
            // kernel has opened each descriptor for this process.
            unsafe {
                let payload = libc::CMSG_DATA(header).cast::<[u8; size_of::<c_int>()]>();
                let fd = c_int::from_ne_bytes(payload.add(index).read());
                if fd >= 0 {
                    descriptors.push(OwnedFd::from_raw_fd(fd));
                }
            }
        }
    }
    descriptors
}

/// The next notice from the error queue of a socket; `None` if there was
/// something else in it. Never blocks: `EAGAIN` if the queue is empty.
pub(crate) fn next_notice(fd: c_int) -> Result<Option<sock_extended_err>, Errno> {
    let mut control = Control::<ERROR_QUEUE_SPACE>::zeroed();
    let mut message = message(&[]);
    retry(|| {
        control.attach(&mut message);
        // SAFETY: no data is asked for, and `attach` vouches for the control data.
        unsafe { libc::recvmsg(fd, &raw mut message, libc::MSG_ERRQUEUE) }
    })?;
    Ok(control_messages(&message).find_map(notice))
}

/// The notice in a control message, if it is one.
fn notice(header: &cmsghdr) -> Option<sock_extended_err> {
    // linux/vm_sockets.h
    const SOL_VSOCK: c_int = 287;
    const VSOCK_RECVERR: c_int = 1;
    let known = matches!(
        (header.cmsg_level, header.cmsg_type),
        (libc::SOL_IP, libc::IP_RECVERR)
            | (libc::SOL_IPV6, libc::IPV6_RECVERR)
            | (SOL_VSOCK, VSOCK_RECVERR)
    );
    if !known || payload_length(header) < size_of::<sock_extended_err>() {
        return None;
    }
    // SAFETY: the payload is long enough; any bytes are valid.
    Some(unsafe { libc::CMSG_DATA(header).cast::<sock_extended_err>().read_unaligned() })
}
