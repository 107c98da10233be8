//! Calls on one descriptor.

#[cfg(feature = "runtime")]
use std::ffi::CStr;
use std::ffi::c_int;

use super::errno::{Errno, retry};
use super::{Buffers, BuffersMut};

/// Reads once, at most `IOV_MAX` elements. 0 is end of file. One element goes
/// through read(2), which costs the kernel less than readv(2).
#[inline]
pub(crate) fn readv(fd: c_int, buffers: BuffersMut<'_>) -> Result<usize, Errno> {
    match buffers.for_one_call() {
        // SAFETY: `BuffersMut` vouches for the memory; any `fd` is fine for the kernel.
        &[one] => retry(|| unsafe { libc::read(fd, one.iov_base, one.iov_len) }),
        // SAFETY: as above.
        many => retry(|| unsafe { libc::readv(fd, many.as_ptr(), many.len() as c_int) }),
    }
}

/// Writes once, at most `IOV_MAX` elements; write(2) for one, as above.
#[inline]
pub(crate) fn writev(fd: c_int, buffers: Buffers<'_>) -> Result<usize, Errno> {
    match buffers.for_one_call() {
        // SAFETY: `Buffers` vouches for the memory; any `fd` is fine for the kernel.
        &[one] => retry(|| unsafe { libc::write(fd, one.iov_base, one.iov_len) }),
        // SAFETY: as above.
        many => retry(|| unsafe { libc::writev(fd, many.as_ptr(), many.len() as c_int) }),
    }
}

/// Reads once at an offset, as [`readv`] does.
#[cfg(feature = "backports")]
pub(crate) fn preadv(fd: c_int, buffers: BuffersMut<'_>, offset: i64) -> Result<usize, Errno> {
    match buffers.for_one_call() {
        // SAFETY: `BuffersMut` vouches for the memory; any `fd` is fine for the kernel.
        &[one] => retry(|| unsafe { libc::pread64(fd, one.iov_base, one.iov_len, offset) }),
        many => {
            let count = many.len() as c_int;
            // SAFETY: as above.
            retry(|| unsafe { libc::preadv64(fd, many.as_ptr(), count, offset) })
        }
    }
}

/// Writes once at an offset, as [`writev`] does.
#[cfg(feature = "backports")]
pub(crate) fn pwritev(fd: c_int, buffers: Buffers<'_>, offset: i64) -> Result<usize, Errno> {
    match buffers.for_one_call() {
        // SAFETY: `Buffers` vouches for the memory; any `fd` is fine for the kernel.
        &[one] => retry(|| unsafe { libc::pwrite64(fd, one.iov_base, one.iov_len, offset) }),
        many => {
            let count = many.len() as c_int;
            // SAFETY: as above.
            retry(|| unsafe { libc::pwritev64(fd, many.as_ptr(), count, offset) })
        }
    }
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

/// The status flags of the open file description.
fn status_flags(fd: c_int) -> Result<c_int, Errno> {
    // SAFETY: F_GETFL touches no memory.
    retry(|| unsafe { libc::fcntl(fd, libc::F_GETFL) } as isize).map(|flags| flags as c_int)
}

/// Whether calls on the descriptor wait.
pub(crate) fn is_blocking(fd: c_int) -> Result<bool, Errno> {
    status_flags(fd).map(|flags| flags & libc::O_NONBLOCK == 0)
}

/// Clears or sets `O_NONBLOCK` in the status flags of the open file description.
pub(crate) fn set_blocking(fd: c_int, blocking: bool) -> Result<(), Errno> {
    let flags = status_flags(fd)?;
    let wanted = if blocking { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    if wanted != flags {
        // SAFETY: F_SETFL touches no memory.
        retry(|| unsafe { libc::fcntl(fd, libc::F_SETFL, wanted) } as isize)?;
    }
    Ok(())
}

/// The file type bits (`S_IFMT`) of what `fd` refers to.
#[cfg(feature = "runtime")]
pub(crate) fn file_type(fd: c_int) -> Result<libc::mode_t, Errno> {
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: `status` is writable and large enough.
    retry(|| unsafe { libc::fstat(fd, status.as_mut_ptr()) } as isize)?;
    // SAFETY: fstat succeeded and has filled it in.
    Ok(unsafe { status.assume_init() }.st_mode & libc::S_IFMT)
}

/// open(2). `EINTR` is not retried: opening a FIFO may be ended by a signal.
#[cfg(feature = "runtime")]
pub(crate) fn open(name: &CStr, flags: c_int, mode: libc::mode_t) -> Result<c_int, Errno> {
    // SAFETY: the name is a C string; the mode is what O_CREAT makes open read.
    match unsafe { libc::open(name.as_ptr(), flags, mode) } {
        -1 => Err(Errno::last()),
        fd => Ok(fd),
    }
}

/// unlink(2).
#[cfg(feature = "runtime")]
pub(crate) fn unlink(name: &CStr) -> Result<(), Errno> {
    // SAFETY: the name is a C string.
    match unsafe { libc::unlink(name.as_ptr()) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}

/// write(2).
#[cfg(feature = "runtime")]
pub(crate) fn write(fd: c_int, data: &[u8]) -> Result<usize, Errno> {
    // SAFETY: `data` is readable for its length; any `fd` is fine for the kernel.
    retry(|| unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) })
}

/// A close-on-exec duplicate.
#[cfg(any(feature = "runtime", feature = "backports"))]
pub(crate) fn duplicate(fd: c_int) -> Result<c_int, Errno> {
    // SAFETY: F_DUPFD_CLOEXEC touches no memory.
    match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) } {
        -1 => Err(Errno::last()),
        copy => Ok(copy),
    }
}

/// Sets the close-on-exec flag.
#[cfg(feature = "runtime")]
pub(crate) fn set_close_on_exec(fd: c_int) -> Result<(), Errno> {
    // SAFETY: F_GETFD and F_SETFD touch no memory.
    let flags = retry(|| unsafe { libc::fcntl(fd, libc::F_GETFD) } as isize)? as c_int;
    // SAFETY: as above.
    retry(|| unsafe { libc::fcntl(fd, libc::F_SETFD, flags | libc::FD_CLOEXEC) } as isize)?;
    Ok(())
}

/// Whether the descriptor is a socket.
#[cfg(feature = "runtime")]
pub(crate) fn is_socket(fd: c_int) -> bool {
    let mut kind: c_int = 0;
    let mut size = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: `kind` is writable for the size that is passed.
    let result = unsafe {
        libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, (&raw mut kind).cast(), &raw mut size)
    };
    result == 0
}
