//! Functions of `io/channel.h`.

#[cfg(feature = "backports")]
pub mod extension;
#[cfg(feature = "runtime")]
pub mod old;

use std::ffi::{CStr, c_char, c_int, c_void};

use glib_sys::{GDestroyNotify, GIOCondition, GMainContext, GSource, gpointer};
use libc::{iovec, off_t, ssize_t};

use crate::abi::io::channel::{QIOChannel, QIOChannelFunc};
use crate::abi::qemu::typedefs::{AioContext, Error};
use crate::abi::values::{IOHandlerPointer, QIOChannelFeatureValue, QIOChannelShutdownValue};
use crate::channel::dispatch::{Channel, ReceiveDescriptors, SendDescriptors};
use crate::channel::{coroutine, transfer, wait};
use crate::host::aio::FdHandlers;
use crate::host::error::Destination;

/// One iovec over a caller's buffer.
fn single(buf: *const c_char, buflen: usize) -> iovec {
    iovec { iov_base: buf.cast_mut().cast(), iov_len: buflen }
}

/// Tells whether the channel has a feature.
///
/// @param ioc the channel
/// @param feature the feature (a bit number, not a mask)
///
/// @return true if it has.
///
/// # Safety
///
/// `ioc` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_has_feature(
    ioc: *mut QIOChannel,
    feature: QIOChannelFeatureValue,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc) }.has_feature(feature)
}

/// Declares that the channel has a feature. For channel classes; there is no way
/// to take it back.
///
/// @param ioc the channel
/// @param feature the feature (a bit number, not a mask)
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_set_feature(
    ioc: *mut QIOChannel,
    feature: QIOChannelFeatureValue,
) {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc) }.set_feature(feature);
}

/// Names the channel. GSources created from then on carry the name, which shows in
/// debuggers; it has no other effect.
///
/// @param ioc the channel
/// @param name (nullable): the name, which is copied; NULL removes it
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses; `name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_set_name(ioc: *mut QIOChannel, name: *const c_char) {
    // SAFETY: passed on to the caller.
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) });
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc) }.set_name(name);
}

/// Reads once, with descriptors if the peer sent any along.
///
/// Fills the buffers in order. A short read is normal: the result says how much
/// there was. On failure nothing was read and no descriptor is handed over.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): where to store an array of received descriptors, which the
///       caller frees with g_free(); each one is the caller's to close, and is
///       close-on-exec and blocking. NULL is stored if there were none
/// @param nfds (nullable): where to store the length of that array
/// @param errp where to store an error, or NULL
///
/// A channel without QIO_CHANNEL_FEATURE_FD_PASS refuses (EINVAL) when `fds` or
/// `nfds` is not NULL.
///
/// @return the number of bytes read; 0 at end of file; QIO_CHANNEL_ERR_BLOCK if
/// the channel is non-blocking and has nothing to read; -1 with `errp` set. After
/// QIO_CHANNEL_ERR_BLOCK `errno` is EAGAIN, after -1 it is that of the cause, if it
/// has one.
///
/// # Safety
///
/// `ioc` is a live channel, `iov` has `niov` elements that are writable for their
/// length, and the other pointers are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv_full(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut *mut c_int,
    nfds: *mut usize,
    errp: *mut *mut Error,
) -> ssize_t {
    let descriptors = ReceiveDescriptors { array: fds, count: nfds };
    // SAFETY: passed on to the caller.
    unsafe {
        Channel::from_raw(ioc).readv_full(iov, niov, descriptors, Destination::from_raw(errp))
    }
}

/// Writes once, with descriptors and flags.
///
/// Writes the buffers in order. A short write is normal: the result says how much
/// was taken.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): descriptors to send along with the first byte; they stay the
///       caller's
/// @param nfds the number of descriptors
/// @param flags 0 or QIO_CHANNEL_WRITE_FLAG_ZERO_COPY
/// @param errp where to store an error, or NULL
///
/// Fails with EINVAL, before the channel class is asked, if there are descriptors
/// and the channel lacks QIO_CHANNEL_FEATURE_FD_PASS; if there are descriptors and
/// zero copy is asked for; or if zero copy is asked for and the channel lacks
/// QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY.
///
/// @return the number of bytes written; QIO_CHANNEL_ERR_BLOCK if the channel is
/// non-blocking and takes nothing now; -1 with `errp` set. `errno` is as for
/// qio_channel_readv_full().
///
/// # Safety
///
/// `ioc` is a live channel, `iov` has `niov` elements that are readable for their
/// length, `fds` has `nfds` elements, and `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_writev_full(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut c_int,
    nfds: usize,
    flags: c_int,
    errp: *mut *mut Error,
) -> ssize_t {
    let descriptors = SendDescriptors { array: fds, count: nfds };
    // SAFETY: passed on to the caller.
    unsafe {
        Channel::from_raw(ioc).writev_full(
            iov,
            niov,
            descriptors,
            flags,
            Destination::from_raw(errp),
        )
    }
}

/// Fills all buffers, unless the channel is at end of file before the first byte.
///
/// Where a read would block, waits: inside a coroutine by suspending it, otherwise
/// by blocking the thread. The array `iov` is not changed.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param errp where to store an error, or NULL
///
/// @return 1 if all was read (also if there was nothing to read); 0 at end of
/// file; -1 with `errp` set, also if the end of file came after some bytes, which
/// are lost then.
///
/// # Safety
///
/// As for qio_channel_readv_full().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv_all_eof(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        qio_channel_readv_full_all_eof(
            ioc,
            iov,
            niov,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            errp,
        )
    }
}

/// Fills all buffers. As qio_channel_readv_all_eof(), but an end of file is an
/// error.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was read; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_readv_full().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv_all(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        transfer::readv_all_or_fail(
            Channel::from_raw(ioc),
            iov,
            niov,
            ReceiveDescriptors::NONE,
            Destination::from_raw(errp),
        )
    }
}

/// Writes all buffers.
///
/// Where a write would block, waits: inside a coroutine by suspending it, otherwise
/// by blocking the thread. The array `iov` is not changed.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was written; -1 with `errp` set. How much was written before
/// the failure is not told.
///
/// # Safety
///
/// As for qio_channel_writev_full().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_writev_all(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        transfer::writev_all(
            Channel::from_raw(ioc),
            iov,
            niov,
            SendDescriptors::NONE,
            0,
            Destination::from_raw(errp),
        )
    }
}

/// Reads once: qio_channel_readv_full() without descriptors.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_readv_full().
///
/// # Safety
///
/// As for qio_channel_readv_full().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    errp: *mut *mut Error,
) -> ssize_t {
    // SAFETY: passed on to the caller.
    unsafe {
        Channel::from_raw(ioc).readv_full(
            iov,
            niov,
            ReceiveDescriptors::NONE,
            Destination::from_raw(errp),
        )
    }
}

/// Writes once: qio_channel_writev_full() without descriptors and flags.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_writev_full().
///
/// # Safety
///
/// As for qio_channel_writev_full().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_writev(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    errp: *mut *mut Error,
) -> ssize_t {
    // SAFETY: passed on to the caller.
    unsafe {
        Channel::from_raw(ioc).writev_full(
            iov,
            niov,
            SendDescriptors::NONE,
            0,
            Destination::from_raw(errp),
        )
    }
}

/// Reads once into one buffer.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length in bytes
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_readv_full().
///
/// # Safety
///
/// `ioc` is a live channel, `buf` is writable for `buflen` bytes, and `errp` is
/// NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_read(
    ioc: *mut QIOChannel,
    buf: *mut c_char,
    buflen: usize,
    errp: *mut *mut Error,
) -> ssize_t {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_readv(ioc, &single(buf, buflen), 1, errp) }
}

/// Writes once from one buffer.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length in bytes
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_writev_full().
///
/// # Safety
///
/// `ioc` is a live channel, `buf` is readable for `buflen` bytes, and `errp` is
/// NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_write(
    ioc: *mut QIOChannel,
    buf: *const c_char,
    buflen: usize,
    errp: *mut *mut Error,
) -> ssize_t {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_writev(ioc, &single(buf, buflen), 1, errp) }
}

/// Fills one buffer, unless the channel is at end of file before the first byte.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length in bytes
/// @param errp where to store an error, or NULL
///
/// @return as qio_channel_readv_all_eof().
///
/// # Safety
///
/// As for qio_channel_read().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_read_all_eof(
    ioc: *mut QIOChannel,
    buf: *mut c_char,
    buflen: usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_readv_all_eof(ioc, &single(buf, buflen), 1, errp) }
}

/// Fills one buffer; an end of file is an error.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length in bytes
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was read; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_read().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_read_all(
    ioc: *mut QIOChannel,
    buf: *mut c_char,
    buflen: usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_readv_all(ioc, &single(buf, buflen), 1, errp) }
}

/// Writes all of one buffer.
///
/// @param ioc the channel
/// @param buf the buffer
/// @param buflen its length in bytes
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was written; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_write().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_write_all(
    ioc: *mut QIOChannel,
    buf: *const c_char,
    buflen: usize,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_writev_all(ioc, &single(buf, buflen), 1, errp) }
}

/// Makes the channel blocking or non-blocking.
///
/// For channels over a descriptor this is the O_NONBLOCK flag, which belongs to the
/// open file and is shared with every duplicate of the descriptor.
///
/// @param ioc the channel
/// @param enabled true for blocking
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set.
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_set_blocking(
    ioc: *mut QIOChannel,
    enabled: bool,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).set_blocking(enabled, Destination::from_raw(errp)) }
}

/// Closes the channel. The reference count does not change.
///
/// Remove watches, and let coroutines that wait on the channel finish, before:
/// both keep the number of a descriptor that others may get after this call.
///
/// @param ioc the channel
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set. The channel is closed in any case.
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_close(ioc: *mut QIOChannel, errp: *mut *mut Error) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).close(Destination::from_raw(errp)) }
}

/// Ends one or both directions of the channel; the descriptors stay open.
///
/// Any thread may call this, also while others are blocked in a read or write of
/// the channel: that is how they are woken.
///
/// @param ioc the channel
/// @param how which direction
/// @param errp where to store an error, or NULL
///
/// @return 0; -1 with `errp` set, also if the channel class cannot do this.
///
/// # Safety
///
/// `ioc` is a live channel; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_shutdown(
    ioc: *mut QIOChannel,
    how: QIOChannelShutdownValue,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).shutdown(how, Destination::from_raw(errp)) }
}

/// Allows or forbids that small writes are held back to be sent together. Without
/// effect where the channel class has no such thing.
///
/// @param ioc the channel
/// @param enabled true to allow
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_set_delay(ioc: *mut QIOChannel, enabled: bool) {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc) }.set_delay(enabled);
}

/// Holds back incomplete segments until it is called with false. Without effect
/// where the channel class has no such thing.
///
/// @param ioc the channel
/// @param enabled true to hold back
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_set_cork(ioc: *mut QIOChannel, enabled: bool) {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc) }.set_cork(enabled);
}

/// Moves the position of the next read or write, as lseek(2).
///
/// @param ioc the channel
/// @param offset the distance
/// @param whence SEEK_SET, SEEK_CUR or SEEK_END
/// @param errp where to store an error, or NULL
///
/// @return the new position in bytes from the start; -1 with `errp` set, also if
/// the channel class has no random access.
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_io_seek(
    ioc: *mut QIOChannel,
    offset: off_t,
    whence: c_int,
    errp: *mut *mut Error,
) -> off_t {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).seek(offset, whence, Destination::from_raw(errp)) }
}

/// Creates a GSource that fires when the channel is ready.
///
/// The source holds a reference on the channel until it is finalised. Give it a
/// QIOChannelFunc with g_source_set_callback() before it is dispatched. It reports
/// only conditions that were asked for: a loop that watches for G_IO_IN alone spins
/// when all there is to report is G_IO_HUP.
///
/// @param ioc the channel
/// @param condition what to watch for
///
/// @return (transfer full): a new source, not attached to any context. The number
/// of the descriptor it watches is captured now.
///
/// # Safety
///
/// `ioc` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_create_watch(
    ioc: *mut QIOChannel,
    condition: GIOCondition,
) -> *mut GSource {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc) }.create_watch(condition).into_raw()
}

/// Calls a function when the channel is ready, from the global default main
/// context: qio_channel_add_watch_full() with a NULL context.
///
/// @param ioc the channel
/// @param condition what to watch for
/// @param func the function to call
/// @param user_data data for `func`
/// @param notify (nullable): called with `user_data` when the watch is gone
///
/// @return the id of the source in the global default main context.
///
/// # Safety
///
/// As for qio_channel_add_watch_full().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_add_watch(
    ioc: *mut QIOChannel,
    condition: GIOCondition,
    func: QIOChannelFunc,
    user_data: gpointer,
    notify: GDestroyNotify,
) -> u32 {
    let context = std::ptr::null_mut();
    // SAFETY: passed on to the caller.
    unsafe { qio_channel_add_watch_full(ioc, condition, func, user_data, notify, context) }
}

/// Calls a function when the channel is ready.
///
/// `func` runs in the thread that iterates `context`, with the channel, the
/// conditions that hold and `user_data`, each time until it returns FALSE. The
/// channel stays alive during the call, whatever the function unreferences. When
/// the watch goes away, `notify` runs before the reference on the channel is
/// dropped.
///
/// @param ioc the channel
/// @param condition what to watch for
/// @param func the function to call
/// @param user_data data for `func`
/// @param notify (nullable): called with `user_data` when the watch is gone
/// @param context (nullable): the main context; NULL is the global default one, never
///           the thread-default one
///
/// @return the id of the source in `context`.
///
/// # Safety
///
/// `ioc` is a live channel; `func` and `notify` may be called with `user_data` in
/// the thread that runs `context`, which is NULL or a live main context.
///
/// @if !QIO_API_BEFORE(2, 12)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_add_watch_full(
    ioc: *mut QIOChannel,
    condition: GIOCondition,
    func: QIOChannelFunc,
    user_data: gpointer,
    notify: GDestroyNotify,
    context: *mut GMainContext,
) -> u32 {
    // SAFETY: passed on to the caller.
    unsafe {
        let watch = Channel::from_raw(ioc).create_watch(condition);
        watch.attach(func, user_data, notify, context)
    }
}

/// Calls a function when the channel is ready, and returns the source.
///
/// As qio_channel_add_watch_full(). The source stays valid for the caller even
/// after it has fired and was removed.
///
/// @param ioc the channel
/// @param condition what to watch for
/// @param func the function to call
/// @param user_data data for `func`
/// @param notify (nullable): called with `user_data` when the watch is gone
/// @param context (nullable): the main context; NULL is the global default one
///
/// @return (transfer full): the source; drop it with g_source_unref(), after
/// g_source_destroy() if the watch shall end.
///
/// # Safety
///
/// As for qio_channel_add_watch_full().
///
/// @if !QIO_API_BEFORE(2, 12)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_add_watch_source(
    ioc: *mut QIOChannel,
    condition: GIOCondition,
    func: QIOChannelFunc,
    user_data: gpointer,
    notify: GDestroyNotify,
    context: *mut GMainContext,
) -> *mut GSource {
    // SAFETY: passed on to the caller.
    unsafe {
        let watch = Channel::from_raw(ioc).create_watch(condition);
        watch.attach(func, user_data, notify, context);
        watch.into_raw()
    }
}

/// Blocks the thread until the channel is ready.
///
/// No other source of the program is dispatched meanwhile. A wait for G_IO_IN also
/// ends when the other side hung up or there is an error, a wait for G_IO_OUT when
/// there is an error, so that the read or write that follows can tell. There is no
/// time limit; a closed channel is never ready.
///
/// The wait needs a GMainContext, which needs a descriptor: GLib ends the process
/// with a message if there is none left.
///
/// @param ioc the channel
/// @param condition what to wait for
///
/// # Safety
///
/// `ioc` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_wait(ioc: *mut QIOChannel, condition: GIOCondition) {
    // SAFETY: passed on to the caller.
    wait::block(unsafe { Channel::from_raw(ioc) }, condition);
}

/// Registers handlers for the channel's descriptors on an event context, replacing
/// the ones that were registered there.
///
/// @param ioc the channel
/// @param ctx the event context
/// @param io_read (nullable): called when the channel can be read from
/// @param io_write (nullable): called when the channel can be written to
/// @param opaque passed to both
///
/// Both handlers NULL unregister; on a channel class that has no descriptors that
/// is all that can be asked for, and a handler ends the process with a message.
///
/// # Safety
///
/// `ioc` is a live channel, `ctx` a live context, and the handlers may be called
/// with `opaque` in its thread until others are registered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_set_aio_fd_handler(
    ioc: *mut QIOChannel,
    ctx: *mut AioContext,
    io_read: IOHandlerPointer,
    io_write: IOHandlerPointer,
    opaque: *mut c_void,
) {
    let handlers = FdHandlers { ctx, read: io_read, write: io_write, opaque };
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc) }.set_aio_fd_handler(handlers);
}

/// Makes the channel's waiting coroutines be served by an event context.
///
/// @param ioc the channel
/// @param ctx (transfer none) (nullable): the context, which must outlive the
///   attachment; NULL for the default: a coroutine is served by its own context,
///   and one of the main context, or of none, by iohandler_get_aio_context(), which
///   polls of the main context do not serve
///
/// Registers nothing yet. No coroutine may wait on the channel: the process aborts.
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_attach_aio_context(
    ioc: *mut QIOChannel,
    ctx: *mut AioContext,
) {
    // SAFETY: passed on to the caller.
    coroutine::attach(unsafe { Channel::from_raw(ioc) }, ctx);
}

/// Undoes `qio_channel_attach_aio_context()`, to move the channel to another
/// context.
///
/// @param ioc the channel
///
/// Coroutines that wait on the channel go on waiting, and nothing wakes them any
/// more: attach the channel elsewhere and call aio_co_schedule(), whereupon they
/// try again there. Allowed at any time, also on a closed channel.
///
/// # Safety
///
/// `ioc` is a live channel that no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_detach_aio_context(ioc: *mut QIOChannel) {
    // SAFETY: passed on to the caller.
    coroutine::detach(unsafe { Channel::from_raw(ioc) });
}

/// cbindgen:prefix=coroutine_fn
/// Suspends the calling coroutine until the channel is probably ready.
///
/// @param ioc the channel
/// @param condition G_IO_IN or G_IO_OUT, and nothing else
///
/// This is a hint and not a promise: it also returns when somebody enters the
/// coroutine. So try the read or write again. One coroutine may wait to read and
/// one to write; the process aborts if there is another one in the same direction,
/// and outside of coroutines.
///
/// # Safety
///
/// `ioc` is a live channel.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_yield(ioc: *mut QIOChannel, condition: GIOCondition) {
    // SAFETY: passed on to the caller.
    coroutine::until_ready(unsafe { Channel::from_raw(ioc) }, condition);
}

/// Fills all buffers, unless the channel is at end of file first, and receives
/// descriptors.
///
/// Descriptors are asked for until the first read that completes, so those that
/// come with later bytes are not received. A request without bytes but with `fds`
/// reads once.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): as for qio_channel_readv_full(); set to NULL at once
/// @param nfds (nullable): as for qio_channel_readv_full(); set to 0 at once
/// @param errp where to store an error, or NULL
///
/// @return 1 if all was read; 0 at end of file, when neither bytes nor descriptors
/// came before; -1 with `errp` set, and then every descriptor that was received has
/// been closed.
///
/// # Safety
///
/// As for qio_channel_readv_full().
///
/// @if !QIO_API_BEFORE(6, 0)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv_full_all_eof(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut *mut c_int,
    nfds: *mut usize,
    errp: *mut *mut Error,
) -> c_int {
    let descriptors = ReceiveDescriptors { array: fds, count: nfds };
    // SAFETY: passed on to the caller.
    unsafe {
        let errp = Destination::from_raw(errp);
        transfer::readv_all(Channel::from_raw(ioc), iov, niov, descriptors, errp).or_end()
    }
}

/// Fills all buffers and receives descriptors. As qio_channel_readv_full_all_eof(),
/// but an end of file is an error.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): as for qio_channel_readv_full(); set to NULL at once
/// @param nfds (nullable): as for qio_channel_readv_full(); set to 0 at once
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was read; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_readv_full().
///
/// @if !QIO_API_BEFORE(6, 0)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_readv_full_all(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut *mut c_int,
    nfds: *mut usize,
    errp: *mut *mut Error,
) -> c_int {
    let descriptors = ReceiveDescriptors { array: fds, count: nfds };
    // SAFETY: passed on to the caller.
    unsafe {
        transfer::readv_all_or_fail(
            Channel::from_raw(ioc),
            iov,
            niov,
            descriptors,
            Destination::from_raw(errp),
        )
    }
}

/// Writes all buffers, with descriptors and flags.
///
/// The descriptors go out exactly once, with the first byte. Without any byte to
/// write nothing is checked and nothing is sent.
///
/// @param ioc the channel
/// @param iov the buffers
/// @param niov the number of buffers
/// @param fds (nullable): descriptors to send along; they stay the caller's
/// @param nfds the number of descriptors
/// @param flags 0 or QIO_CHANNEL_WRITE_FLAG_ZERO_COPY, which makes success mean that
///         the bytes are queued (see qio_channel_flush())
/// @param errp where to store an error, or NULL
///
/// @return 0 if all was written; -1 with `errp` set.
///
/// # Safety
///
/// As for qio_channel_writev_full().
///
/// @if !QIO_API_BEFORE(6, 0)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_writev_full_all(
    ioc: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut c_int,
    nfds: usize,
    flags: c_int,
    errp: *mut *mut Error,
) -> c_int {
    let descriptors = SendDescriptors { array: fds, count: nfds };
    // SAFETY: passed on to the caller.
    unsafe {
        transfer::writev_all(
            Channel::from_raw(ioc),
            iov,
            niov,
            descriptors,
            flags,
            Destination::from_raw(errp),
        )
    }
}

/// Waits until all zero-copy writes of the channel are done, after which the
/// memory they were made from may change.
///
/// @param ioc the channel
/// @param errp where to store an error, or NULL
///
/// @return 0 if at least one of the writes since the last flush was sent without
/// a copy, or if there is nothing to wait for; 1 if the kernel copied all of them
/// after all; -1 with `errp` set.
///
/// # Safety
///
/// `ioc` is a live channel that no other thread writes to; `errp` is NULL or
/// writable.
///
/// @if !QIO_API_BEFORE(7, 1) || QIO_API_ZERO_COPY_V7
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_flush(ioc: *mut QIOChannel, errp: *mut *mut Error) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { Channel::from_raw(ioc).flush(Destination::from_raw(errp)) }
}
