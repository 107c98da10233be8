//! Calls on one descriptor.

use std::ffi::c_int;

use super::errno::{Errno, retry};
use super::{Buffers, BuffersMut};

/// readv(2), at most `IOV_MAX` elements. 0 is end of file.
#[inline]
pub(crate) fn readv(fd: c_int, buffers: BuffersMut<'_>) -> Result<usize, Errno> {
    let elements = buffers.for_one_call();
    // SAFETY: `BuffersMut` vouches for the memory; any `fd` is fine for the kernel.
    retry(|| unsafe { libc::readv(fd, elements.as_ptr(), elements.len() as c_int) })
}

/// writev(2), at most `IOV_MAX` elements.
#[inline]
pub(crate) fn writev(fd: c_int, buffers: Buffers<'_>) -> Result<usize, Errno> {
    let elements = buffers.for_one_call();
    // SAFETY: `Buffers` vouches for the memory; any `fd` is fine for the kernel.
    retry(|| unsafe { libc::writev(fd, elements.as_ptr(), elements.len() as c_int) })
}

/// close(2). The descriptor is gone whatever the result, so `EINTR` is not retried.
pub(crate) fn close(fd: c_int) -> Result<(), Errno> {
    // SAFETY: the caller gives the descriptor up; a stale one is only an error.
    match unsafe { libc::close(fd) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}

/// lseek(2).
pub(crate) fn seek(fd: c_int, offset: i64, whence: c_int) -> Result<i64, Errno> {
    // SAFETY: touches no memory.
    match unsafe { libc::lseek(fd, offset, whence) } {
        -1 => Err(Errno::last()),
        position => Ok(position),
    }
}

/// Clears or sets `O_NONBLOCK` in the status flags of the open file description.
pub(crate) fn set_blocking(fd: c_int, blocking: bool) -> Result<(), Errno> {
    // SAFETY: F_GETFL and F_SETFL touch no memory.
    let flags = retry(|| unsafe { libc::fcntl(fd, libc::F_GETFL) } as isize)? as c_int;
    let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    if wanted != flags {
        // SAFETY: as above.
        retry(|| unsafe { libc::fcntl(fd, libc::F_SETFL, wanted) } as isize)?;
    }
    Ok(())
}

/// The file type bits (`S_IFMT`) of what `fd` refers to.
pub(crate) fn file_type(fd: c_int) -> Result<libc::mode_t, Errno> {
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `status` is writable and large enough.
    retry(|| unsafe { libc::fstat(fd, status.as_mut_ptr()) } as isize)?;
    // SAFETY: fstat succeeded and has filled it in.
    Ok(unsafe { status.assume_init() }.st_mode & libc::S_IFMT)
}
