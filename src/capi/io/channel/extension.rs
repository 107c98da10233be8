//! Functions of `io/channel.h` that QEMU got after 7.2.

use std::ffi::{c_int, c_uint, c_void};

use glib_sys::GIOCondition;
use libc::{iovec, off_t};

use crate::abi::io::channel::{QIOChannel, QIOChannelClass, QIOChannelClassExt};
use crate::abi::qemu::typedefs::Error;
use crate::channel::dispatch::{Channel, ReceiveDescriptors};
use crate::channel::extension::transfer as positioned;
use crate::channel::{coroutine, extension, wait};
use crate::host::error::Destination;

/// One iovec over a caller's buffer.
fn single(buf: *const c_void, buflen: usize) -> iovec {
    iovec { iov_base: buf.cast_mut(), iov_len: buflen }
}

/// Registers virtual functions that QIOChannelClass has no room for. Call it in the class
/// function; a later call replaces the functions.
///
/// A subclass without a function has its parent's, unless it overrides `io_readv` (for
/// reads) or `io_writev` (for writes). Not in QEMU 7.2.
///
/// @param klass the class
/// @param ext the functions, which are copied
///
/// @return false, and nothing has changed, if `klass` is not a channel class, or `ext` is
/// NULL or has no size.
///
/// # Safety
///
/// `klass` is NULL or a class; `ext` is NULL or readable for its size.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_class_set_ext(
    klass: *mut QIOChannelClass,
    ext: *const QIOChannelClassExt,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { extension::register(klass, ext) }
}

/// Wakes the coroutine that waits to read from the channel, if there is one; it
/// tries again, and probably waits again. Any thread that holds a reference may do
/// so; the coroutine runs in its own thread. Since QEMU 8.1.
///
/// @param ioc the channel
///
/// # Safety
///
/// `ioc` is a live channel.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_wake_read(ioc: *mut QIOChannel) {
    // SAFETY: passed on to the caller.
    unsafe {
        coroutine::wake_reader(Channel::from_raw(ioc));
    }
}

/// Waits until the channel is probably ready: qio_channel_yield() in a coroutine,
/// qio_channel_wait() elsewhere. Since QEMU 10.2.
///
/// @param ioc the channel
/// @param condition what to wait for; in a coroutine G_IO_IN or G_IO_OUT alone
///
/// # Safety
///
/// `ioc` is a live channel.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_wait_cond(ioc: *mut QIOChannel, condition: GIOCondition) {
    // SAFETY: passed on to the caller.
    unsafe {
        wait::until_ready(Channel::from_raw(ioc), condition);
    }
}

/// qio_channel_readv_full() with flags. That is its name since QEMU 8.0.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): as for qio_channel_readv_full()
/// @param nfds (nullable): as for qio_channel_readv_full()
/// @param flags bits of QIO_CHANNEL_READ_FLAG_*
/// @param errp where to store an error, or NULL
///
/// QIO_CHANNEL_READ_FLAG_MSG_PEEK fails with EINVAL unless the channel has
/// QIO_CHANNEL_FEATURE_READ_MSG_PEEK. Each peek that covers descriptors opens new ones. The
/// other flags have no effect on channels they mean nothing to.
///
/// @return as qio_channel_readv_full().
///
/// # Safety
///
/// As for qio_channel_readv_full().
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv_full_flags(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut *mut c_int,
    nfds: *mut usize,
    flags: c_int,
    errp: *mut *mut Error,
) -> isize {
    // SAFETY: passed on to the caller.
    unsafe {
        let descriptors = ReceiveDescriptors { array: fds, count: nfds };
        let errp = Destination::from_raw(errp);
        Channel::from_raw(ioc).readv_full_flags(iov, niov, descriptors, flags, errp)
    }
}

/// qio_channel_readv_full_all_eof() with flags. That is its name since QEMU 10.0.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): as for qio_channel_readv_full_all_eof()
/// @param nfds (nullable): as for qio_channel_readv_full_all_eof()
/// @param flags bits of QIO_CHANNEL_READ_FLAG_*; QIO_CHANNEL_READ_FLAG_MSG_PEEK fails with
///         EINVAL
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_readv_full_all_eof().
///
/// # Safety
///
/// As for qio_channel_readv_full().
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv_full_all_eof_flags(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut *mut c_int,
    nfds: *mut usize,
    flags: c_int,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let descriptors = ReceiveDescriptors { array: fds, count: nfds };
        let errp = Destination::from_raw(errp);
        let channel = Channel::from_raw(ioc);
        positioned::readv_all_flags(channel, iov, niov, descriptors, flags, errp).or_end()
    }
}

/// Reads once at an offset. The position of the channel neither matters nor moves. Since
/// QEMU 9.0.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param offset where to read
/// @param errp where to store an error, or NULL
///
/// Fails with EINVAL unless the channel has QIO_CHANNEL_FEATURE_SEEKABLE: files that are not
/// pipes, sockets or terminals.
///
/// @return the number of bytes read; 0 at end of file; QIO_CHANNEL_ERR_BLOCK if the channel
/// is non-blocking and has nothing to read; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_readv_full().
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_preadv(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> isize {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).preadv(iov, niov, offset, Destination::from_raw(errp)) }
}

/// Writes once at an offset. The position of the channel neither matters nor moves. A file
/// opened with O_APPEND is appended to, whatever the offset. Since QEMU 9.0.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param offset where to write
/// @param errp where to store an error, or NULL
///
/// Fails with EINVAL unless the channel has QIO_CHANNEL_FEATURE_SEEKABLE.
///
/// @return the number of bytes written; QIO_CHANNEL_ERR_BLOCK if the channel is non-blocking
/// and takes nothing now; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_writev_full().
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_pwritev(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> isize {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).pwritev(iov, niov, offset, Destination::from_raw(errp)) }
}

/// qio_channel_preadv() with one buffer. Since QEMU 9.0.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length
/// @param offset where to read
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_preadv().
///
/// # Safety
///
/// As for qio_channel_preadv(), for `buflen` bytes at `buf`.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_pread(
    ioc: *mut QIOChannel,
    buf: *mut c_void,
    buflen: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> isize {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_preadv(ioc, &single(buf, buflen), 1, offset, errp) }
}

/// qio_channel_pwritev() with one buffer. Since QEMU 9.0.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length
/// @param offset where to write
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_pwritev().
///
/// # Safety
///
/// As for qio_channel_pwritev(), for `buflen` bytes at `buf`.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_pwrite(
    ioc: *mut QIOChannel,
    buf: *mut c_void,
    buflen: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> isize {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_pwritev(ioc, &single(buf, buflen), 1, offset, errp) }
}

/// Fills all buffers from an offset on, unless there is an end of file before the first
/// byte. Waits where a read would block. An empty request succeeds on any channel. Newer
/// than QEMU 11.0.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param offset where to read
/// @param errp where to store an error, or NULL
///
/// @return 1 if all was read; 0 at end of file; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_preadv().
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_preadv_all_eof(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let errp = Destination::from_raw(errp);
        positioned::preadv_all(Channel::from_raw(ioc), iov, niov, offset, errp).or_end()
    }
}

/// Fills all buffers from an offset on. As qio_channel_preadv_all_eof(), but an end of file
/// is an error.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param offset where to read
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was read; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_preadv().
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_preadv_all(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let errp = Destination::from_raw(errp);
        positioned::preadv_all(Channel::from_raw(ioc), iov, niov, offset, errp).or_fail(errp)
    }
}

/// Writes all buffers from an offset on. Waits where a write would block. An empty request
/// succeeds on any channel. Newer than QEMU 11.0.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param offset where to write
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was written; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_pwritev().
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_pwritev_all(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        let errp = Destination::from_raw(errp);
        positioned::pwritev_all(Channel::from_raw(ioc), iov, niov, offset, errp)
    }
}

/// qio_channel_preadv_all_eof() with one buffer.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length
/// @param offset where to read
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_preadv_all_eof().
///
/// # Safety
///
/// As for qio_channel_preadv_all_eof(), for `buflen` bytes at `buf`.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_pread_all_eof(
    ioc: *mut QIOChannel,
    buf: *mut c_void,
    buflen: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_preadv_all_eof(ioc, &single(buf, buflen), 1, offset, errp) }
}

/// qio_channel_preadv_all() with one buffer.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length
/// @param offset where to read
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_preadv_all().
///
/// # Safety
///
/// As for qio_channel_preadv_all(), for `buflen` bytes at `buf`.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_pread_all(
    ioc: *mut QIOChannel,
    buf: *mut c_void,
    buflen: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_preadv_all(ioc, &single(buf, buflen), 1, offset, errp) }
}

/// qio_channel_pwritev_all() with one buffer.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length
/// @param offset where to write
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_pwritev_all().
///
/// # Safety
///
/// As for qio_channel_pwritev_all(), for `buflen` bytes at `buf`.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_pwrite_all(
    ioc: *mut QIOChannel,
    buf: *const c_void,
    buflen: usize,
    offset: off_t,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_pwritev_all(ioc, &single(buf, buflen), 1, offset, errp) }
}

/// Tells the process at the other end of a Unix socket: the one that connected, or that
/// listened. Since QEMU 9.1.
///
/// @param ioc the channel
/// @param pid where to store the process id: 0 if it is not known, as with other sockets and
///       unconnected ones; the greatest number if it cannot be asked for
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set. Channels other than sockets do not know, and leave `pid` as
/// it is.
///
/// # Safety
///
/// `ioc` is a live channel, `pid` writable; `errp` is NULL or writable.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_get_peerpid(
    ioc: *mut QIOChannel,
    pid: *mut c_uint,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).peer_pid(pid, Destination::from_raw(errp)) }
}
