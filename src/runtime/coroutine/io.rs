//! Waiting for a descriptor, and sockets, without a channel.

use std::ffi::{c_int, c_uint, c_void};

use libc::iovec;

use super::{Coroutine, current, suspend};
use crate::runtime::aio::{Context, RawContext, Registration, current_context, schedule};
use crate::sys::{Errno, retry};

/// A coroutine that waits for a descriptor.
struct Wait {
    ctx: *mut RawContext,
    co: *const Coroutine,
    fd: c_int,
}

/// Suspends the current coroutine until `fd` can be read from.
pub(crate) fn until_readable(fd: c_int) {
    let ctx = current_context();
    let co = current();
    if ctx.is_null() || !co.is_entered() {
        fatal!("yield_until_fd_readable: not called inside a coroutine that has a context");
    }
    let wait = Wait { ctx, co, fd };
    let registration = Registration {
        is_external: false,
        read: Some(is_readable),
        write: None,
        opaque: (&raw const wait).cast_mut().cast(),
    };
    // SAFETY: the current context is alive.
    unsafe { Context::from_raw(ctx) }.set_fd_handler(fd, registration);
    suspend();
}

unsafe extern "C" fn is_readable(opaque: *mut c_void) {
    const NOTHING: Registration =
        Registration { is_external: false, read: None, write: None, opaque: std::ptr::null_mut() };
    // SAFETY: `until_readable` passes what is on the stack of the coroutine, which
    // waits until this function enters it; its context is alive.
    unsafe {
        let &Wait { ctx, co, fd } = &*opaque.cast::<Wait>();
        Context::from_raw(ctx).set_fd_handler(fd, NOTHING);
        schedule::wake(&*co);
    }
}

/// The part of an iovec array that a transfer is about.
pub(crate) struct Part {
    /// The array.
    pub(crate) iov: *const iovec,
    /// Its length.
    pub(crate) count: c_uint,
    /// Bytes to leave out at the front.
    pub(crate) offset: usize,
    /// Bytes to transfer.
    pub(crate) bytes: usize,
}

impl Part {
    /// What is left after `done` bytes.
    ///
    /// # Safety
    ///
    /// The array has as many elements as it says.
    unsafe fn rest(&self, done: usize) -> Vec<iovec> {
        let mut skip = self.offset + done;
        let mut left = self.bytes - done;
        let mut rest = Vec::new();
        for index in 0..self.count as usize {
            // SAFETY: passed on to the caller.
            let element = unsafe { *self.iov.add(index) };
            let skipped = skip.min(element.iov_len);
            let length = (element.iov_len - skipped).min(left);
            if length > 0 {
                let iov_base = element.iov_base.wrapping_byte_add(skipped);
                rest.push(iovec { iov_base, iov_len: length });
            }
            skip -= skipped;
            left -= length;
        }
        rest
    }
}

/// Sends or receives all of `part`. Where the socket would block, the coroutine
/// only yields: its caller sees to it that somebody enters it. Returns the bytes
/// transferred, or `-errno` if there are none.
///
/// # Safety
///
/// The array and its elements are good for the transfer.
pub(crate) unsafe fn transfer(fd: c_int, part: &Part, is_send: bool) -> isize {
    let mut done = 0;
    while done < part.bytes {
        // SAFETY: passed on to the caller.
        let mut rest = unsafe { part.rest(done) };
        rest.truncate(libc::UIO_MAXIOV as usize);
        if rest.is_empty() {
            break;
        }
        match once(fd, &mut rest, is_send) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(errno) if errno.is_would_block() => suspend(),
            Err(errno) if done == 0 => return -(errno.get() as isize),
            Err(_) => break,
        }
    }
    done.cast_signed()
}

fn once(fd: c_int, elements: &mut [iovec], is_send: bool) -> Result<usize, Errno> {
    // SAFETY: all-zero is an empty message.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = elements.as_mut_ptr();
    message.msg_iovlen = elements.len();
    // SAFETY: the message names live elements; `transfer`'s caller vouches for the
    // memory behind them.
    retry(|| unsafe {
        if is_send {
            libc::sendmsg(fd, &raw const message, libc::MSG_NOSIGNAL)
        } else {
            libc::recvmsg(fd, &raw mut message, 0)
        }
    })
}
