//! Types of `io/channel.h`.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::sync::atomic::AtomicU32;

use glib_sys::{GIOCondition, GSource, gboolean, gpointer};
use libc::{iovec, off_t, ssize_t};

use crate::abi::qemu::typedefs::{AioContext, Coroutine, Error};
use crate::abi::qom::object::{Object, ObjectClass};
use crate::abi::values::{IOHandlerPointer, QIOChannelShutdownValue, WritevFlagsValue};

/// Result of a read or write that would block: nothing was transferred and no
/// `Error` is set. The C variable `errno` is `EAGAIN` then.
pub const QIO_CHANNEL_ERR_BLOCK: isize = -2;

/// Flag of `qio_channel_writev_full()`: the kernel may send straight from the
/// caller's memory, which must not change until `qio_channel_flush()`.
pub const QIO_CHANNEL_WRITE_FLAG_ZERO_COPY: c_int = 0x1;

/// Flag of reads: the data stay queued. Since QEMU 8.0.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
pub const QIO_CHANNEL_READ_FLAG_MSG_PEEK: c_int = 0x1;

/// Flag of reads: a TLS peer that goes away without notice is an end of file. Since
/// QEMU 10.0.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
pub const QIO_CHANNEL_READ_FLAG_RELAXED_EOF: c_int = 0x2;

/// Flag of reads: received descriptors stay non-blocking if they are. Since QEMU
/// 10.2.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
pub const QIO_CHANNEL_READ_FLAG_FD_PRESERVE_BLOCKING: c_int = 0x4;

/// What a channel can do beyond plain reads and writes. The values are bit
/// numbers in `QIOChannel.features`, not masks.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[allow(clippy::upper_case_acronyms, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QIOChannelFeature {
    /// File descriptors can be sent and received along with data.
    QIO_CHANNEL_FEATURE_FD_PASS = 0,
    /// One direction can be shut down on its own.
    QIO_CHANNEL_FEATURE_SHUTDOWN = 1,
    /// The channel accepts connections.
    QIO_CHANNEL_FEATURE_LISTEN = 2,
    /// Writes may use `QIO_CHANNEL_WRITE_FLAG_ZERO_COPY`.
    QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY = 3,
    /// Reads may use `QIO_CHANNEL_READ_FLAG_MSG_PEEK`. Since QEMU 8.0.
    ///
    /// `if` defined(QIO_CHANNEL_EXTENSIONS)
    QIO_CHANNEL_FEATURE_READ_MSG_PEEK = 4,
    /// Reads and writes may give an offset. Since QEMU 9.0.
    ///
    /// `if` defined(QIO_CHANNEL_EXTENSIONS)
    QIO_CHANNEL_FEATURE_SEEKABLE = 5,
    /// One thread may read from a TLS channel while another one writes, which is
    /// always so here. Since QEMU 10.1.
    ///
    /// `if` defined(QIO_CHANNEL_EXTENSIONS)
    QIO_CHANNEL_FEATURE_CONCURRENT_IO = 6,
}

/// Which direction `qio_channel_shutdown()` ends.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QIOChannelShutdown {
    /// No more data will be received.
    QIO_CHANNEL_SHUTDOWN_READ = 1,
    /// No more data will be sent.
    QIO_CHANNEL_SHUTDOWN_WRITE = 2,
    /// Neither direction goes on.
    QIO_CHANNEL_SHUTDOWN_BOTH = 3,
}

/// A channel: something that bytes can be written to and read from.
///
/// Channels are objects: `object_ref()` and `object_unref()` count references,
/// and the last one closes the channel. Creating one never blocks a signal,
/// starts a thread or touches a `GMainContext`.
///
/// One thread may read while another one writes. Everything else (closing,
/// changing modes, attaching) must not run at the same time as anything on the
/// same channel, except `qio_channel_shutdown()`, which any thread may call.
#[repr(C)]
pub struct QIOChannel {
    /// The base object.
    pub parent: Object,
    /// One bit for each `QIOChannelFeature`.
    pub features: Cell<c_uint>,
    /// Lock word of the coroutine bookkeeping; private.
    pub(crate) waiters_lock: AtomicU32,
    /// Name given to the GSources of the channel; NULL if none.
    pub name: Cell<*mut c_char>,
    /// The event context that waiting coroutines are served by; NULL for the
    /// default. Not a reference.
    pub ctx: Cell<*mut AioContext>,
    /// The coroutine that waits to read, if any.
    pub read_coroutine: Cell<*mut Coroutine>,
    /// The coroutine that waits to write, if any.
    pub write_coroutine: Cell<*mut Coroutine>,
}

/// Called when a watched condition holds: the channel, the bits that hold, and
/// the data given with the function. Returning `FALSE` ends the watch.
pub type QIOChannelFunc = Option<
    unsafe extern "C" fn(ioc: *mut QIOChannel, condition: GIOCondition, data: gpointer) -> gboolean,
>;

/// The virtual functions of a channel class.
///
/// A class written in C fills these in from its `class_init`. The first five
/// are expected of every class; the others may be NULL.
#[repr(C)]
pub struct QIOChannelClass {
    /// The base class.
    pub parent: ObjectClass,
    /// Writes from `niov` buffers, in order. Returns the bytes taken (fewer than
    /// offered is fine), `QIO_CHANNEL_ERR_BLOCK`, or -1 with `errp` set. `fds` are
    /// sent along with the first byte; the caller keeps its own copies.
    pub io_writev: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            iov: *const iovec,
            niov: usize,
            fds: *mut c_int,
            nfds: usize,
            flags: WritevFlagsValue,
            errp: *mut *mut Error,
        ) -> ssize_t,
    >,
    /// Reads into `niov` buffers, in order. Returns the bytes stored, 0 at end of
    /// file, `QIO_CHANNEL_ERR_BLOCK`, or -1 with `errp` set. On success received
    /// descriptors (close-on-exec, blocking) become the caller's, in an array
    /// from `g_malloc()`.
    pub io_readv: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            iov: *const iovec,
            niov: usize,
            fds: *mut *mut c_int,
            nfds: *mut usize,
            errp: *mut *mut Error,
        ) -> ssize_t,
    >,
    /// Closes the channel. Returns 0, or -1 with `errp` set.
    pub io_close:
        Option<unsafe extern "C" fn(ioc: *mut QIOChannel, errp: *mut *mut Error) -> c_int>,
    /// Creates an unattached GSource that fires when `condition` holds and keeps a
    /// reference on the channel until it is finalised.
    pub io_create_watch:
        Option<unsafe extern "C" fn(ioc: *mut QIOChannel, condition: GIOCondition) -> *mut GSource>,
    /// Makes reads and writes block or not. Returns 0, or -1 with `errp` set.
    pub io_set_blocking: Option<
        unsafe extern "C" fn(ioc: *mut QIOChannel, enabled: bool, errp: *mut *mut Error) -> c_int,
    >,
    /// Ends one or both directions. Optional.
    pub io_shutdown: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            how: QIOChannelShutdownValue,
            errp: *mut *mut Error,
        ) -> c_int,
    >,
    /// Holds back (or releases) incomplete segments. Optional.
    pub io_set_cork: Option<unsafe extern "C" fn(ioc: *mut QIOChannel, enabled: bool)>,
    /// Allows (or forbids) delaying small writes. Optional.
    pub io_set_delay: Option<unsafe extern "C" fn(ioc: *mut QIOChannel, enabled: bool)>,
    /// Moves the file position. Optional.
    pub io_seek: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            offset: off_t,
            whence: c_int,
            errp: *mut *mut Error,
        ) -> off_t,
    >,
    /// Registers handlers for the channel's descriptors on `ctx`, replacing what
    /// was registered; NULL means no interest. Optional.
    pub io_set_aio_fd_handler: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            ctx: *mut AioContext,
            io_read: IOHandlerPointer,
            io_write: IOHandlerPointer,
            opaque: *mut c_void,
        ),
    >,
    /// Waits until queued zero-copy writes are done. Returns 0, 1 if all of them
    /// were copied after all, or -1 with `errp` set. Optional.
    pub io_flush:
        Option<unsafe extern "C" fn(ioc: *mut QIOChannel, errp: *mut *mut Error) -> c_int>,
}

/// A virtual write function as it was before QEMU 7.1: without flags.
///
/// `if` !defined(QIO_CHANNEL_HOSTED)
pub type QIOChannelWritev6Func = Option<
    unsafe extern "C" fn(
        ioc: *mut QIOChannel,
        iov: *const iovec,
        niov: usize,
        fds: *mut c_int,
        nfds: usize,
        errp: *mut *mut Error,
    ) -> ssize_t,
>;

/// Virtual functions that a channel class can have beyond those in its struct, for
/// `qio_channel_class_set_ext()`. Each may be NULL.
///
/// `if` defined(QIO_CHANNEL_EXTENSIONS)
#[repr(C)]
#[derive(Clone, Copy)]
pub struct QIOChannelClassExt {
    /// `sizeof(QIOChannelClassExt)`. Later versions may have more functions.
    pub size: usize,
    /// As `io_readv`, with `QIO_CHANNEL_READ_FLAG_*`. Called only when there is a
    /// flag.
    pub io_readv_flags: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            iov: *const iovec,
            niov: usize,
            fds: *mut *mut c_int,
            nfds: *mut usize,
            flags: c_int,
            errp: *mut *mut Error,
        ) -> ssize_t,
    >,
    /// Writes at `offset`; the position neither matters nor moves. Results are
    /// those of `io_writev`.
    pub io_pwritev: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            iov: *const iovec,
            niov: usize,
            offset: off_t,
            errp: *mut *mut Error,
        ) -> ssize_t,
    >,
    /// Reads at `offset`; the position neither matters nor moves. Results are those
    /// of `io_readv`.
    pub io_preadv: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            iov: *const iovec,
            niov: usize,
            offset: off_t,
            errp: *mut *mut Error,
        ) -> ssize_t,
    >,
    /// Stores the process id of the peer. Returns 0, or -1 with `errp` set.
    pub io_peerpid: Option<
        unsafe extern "C" fn(
            ioc: *mut QIOChannel,
            pid: *mut c_uint,
            errp: *mut *mut Error,
        ) -> c_int,
    >,
}
