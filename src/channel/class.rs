//! From a [`ChannelImpl`] to a C vtable.
//!
//! One generic trampoline per slot: it turns the C arguments into Rust ones,
//! calls the method, and turns the result into what C expects, `Error` and
//! `errno` included. A trampoline is installed only in the class of its type, so
//! the instance it gets is one (`ioc` was cast by C code through that class).

use std::ffi::{CStr, c_int, c_void};

use glib_sys::{GIOCondition, GSource};
use libc::{iovec, off_t};

use super::request::{DescriptorSink, Read, Write};
use super::{ChannelImpl, Failure, Flushed, Transfer};
use crate::abi::io::channel::{
    QIO_CHANNEL_ERR_BLOCK, QIO_CHANNEL_WRITE_FLAG_ZERO_COPY, QIOChannel, QIOChannelClass,
};
use crate::abi::qemu::typedefs::{AioContext, Error as RawError};
use crate::abi::qom::object::{Object, ObjectClass, TypeInfo};
use crate::abi::values::{IOHandlerPointer, QIOChannelShutdownValue};
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::error::Destination;
use crate::host::object::{self, ObjectType};
use crate::sys::{Buffers, BuffersMut, Errno};

/// Registers the type of `T` as a subclass of `qio-channel`.
pub(crate) fn register<T: ChannelImpl>() {
    object::register_type(&TypeInfo {
        name: T::TYPE_NAME.as_ptr(),
        parent: QIOChannel::TYPE_NAME.as_ptr(),
        instance_size: size_of::<T>(),
        instance_align: 0,
        instance_init: if T::INIT.is_some() { Some(init::<T>) } else { None },
        instance_post_init: None,
        instance_finalize: if T::FINALIZE.is_some() { Some(finalize::<T>) } else { None },
        r#abstract: false,
        class_size: size_of::<QIOChannelClass>(),
        class_init: Some(class_init::<T>),
        class_base_init: None,
        class_data: std::ptr::null_mut(),
        interfaces: std::ptr::null_mut(),
    });
}

/// Fills the slots of the class of `T`; those without an implementation are NULL,
/// as in the base class.
unsafe extern "C" fn class_init<T: ChannelImpl>(class: *mut ObjectClass, _data: *mut c_void) {
    // SAFETY: the host calls this for the type registered above, whose class
    // struct is a QIOChannelClass, before anybody else can see it.
    let class = unsafe { &mut *class.cast::<QIOChannelClass>() };
    class.io_writev = Some(io_writev::<T>);
    class.io_readv = Some(io_readv::<T>);
    class.io_close = Some(io_close::<T>);
    class.io_create_watch = Some(io_create_watch::<T>);
    class.io_set_blocking = Some(io_set_blocking::<T>);
    if T::SHUTDOWN.is_some() {
        class.io_shutdown = Some(io_shutdown::<T>);
    }
    if T::SET_CORK.is_some() {
        class.io_set_cork = Some(io_set_cork::<T>);
    }
    if T::SET_DELAY.is_some() {
        class.io_set_delay = Some(io_set_delay::<T>);
    }
    if T::SEEK.is_some() {
        class.io_seek = Some(io_seek::<T>);
    }
    if T::SET_AIO_FD_HANDLER.is_some() {
        class.io_set_aio_fd_handler = Some(io_set_aio_fd_handler::<T>);
    }
    if T::FLUSH.is_some() {
        class.io_flush = Some(io_flush::<T>);
    }
    #[cfg(feature = "backports")]
    // SAFETY: the class of `T`.
    unsafe {
        super::extension::class::register::<T>(class);
    }
}

unsafe extern "C" fn init<T: ChannelImpl>(object: *mut Object) {
    if let Some(init) = T::INIT {
        // SAFETY: the host passes a zeroed instance of `T`; zero is valid for all
        // of its fields.
        init(unsafe { &*object.cast::<T>() });
    }
}

unsafe extern "C" fn finalize<T: ChannelImpl>(object: *mut Object) {
    if let Some(finalize) = T::FINALIZE {
        // SAFETY: the host passes an instance of `T` that is still initialised.
        finalize(unsafe { &*object.cast::<T>() });
    }
}

/// The instance behind a slot's first argument.
///
/// # Safety
///
/// `channel` is a live instance of `T`.
#[inline]
pub(super) unsafe fn instance<'a, T: ChannelImpl>(channel: *mut QIOChannel) -> &'a T {
    // SAFETY: passed on to the caller.
    unsafe { &*channel.cast::<T>() }
}

/// Reports the result of a read or write to C.
#[inline]
pub(super) fn transferred(
    result: Transfer,
    errp: *mut *mut RawError,
    function: &'static CStr,
) -> isize {
    match result {
        Ok(count) => count as isize,
        Err(failure) => transfer_failed(failure, errp, function),
    }
}

#[cold]
fn transfer_failed(failure: Failure, errp: *mut *mut RawError, function: &'static CStr) -> isize {
    match failure {
        Failure::WouldBlock => {
            Errno::new(libc::EAGAIN).store();
            QIO_CHANNEL_ERR_BLOCK
        }
        Failure::Failed(error) => {
            store(error, errp, function);
            -1
        }
    }
}

/// Reports the result of an operation without a value to C.
fn done(result: Result<(), Error>, errp: *mut *mut RawError, function: &'static CStr) -> c_int {
    match result {
        Ok(()) => 0,
        Err(error) => {
            store(error, errp, function);
            -1
        }
    }
}

pub(super) fn store(error: Error, errp: *mut *mut RawError, function: &'static CStr) {
    // SAFETY: `errp` follows the API's contract; the caller of the slot passed it.
    error.store(unsafe { Destination::from_raw(errp) }, function);
}

/// The descriptors of a C caller, who passes NULL or 0 for none.
#[inline]
unsafe fn descriptors<'a>(array: *const c_int, count: usize) -> &'a [c_int] {
    if array.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for `count` elements at `array`.
    unsafe { std::slice::from_raw_parts(array, count) }
}

unsafe extern "C" fn io_writev<T: ChannelImpl>(
    channel: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut c_int,
    nfds: usize,
    flags: c_int,
    errp: *mut *mut RawError,
) -> isize {
    // SAFETY: the slot's contract: an instance, `niov` readable elements, and `nfds`
    // descriptors.
    let (channel, request) = unsafe {
        let request = Write {
            buffers: Buffers::from_raw(iov, niov),
            descriptors: descriptors(fds, nfds),
            zero_copy: flags & QIO_CHANNEL_WRITE_FLAG_ZERO_COPY != 0,
        };
        (instance::<T>(channel), request)
    };
    transferred(channel.writev(request), errp, c"io_writev")
}

unsafe extern "C" fn io_readv<T: ChannelImpl>(
    channel: *mut QIOChannel,
    iov: *const iovec,
    niov: usize,
    fds: *mut *mut c_int,
    nfds: *mut usize,
    errp: *mut *mut RawError,
) -> isize {
    // SAFETY: the slot's contract: an instance, `niov` writable elements, and pointers
    // that are NULL or writable.
    let (channel, request) = unsafe {
        let request = Read {
            buffers: BuffersMut::from_raw(iov, niov),
            descriptors: DescriptorSink::from_raw(fds, nfds),
        };
        (instance::<T>(channel), request)
    };
    transferred(channel.readv(request), errp, c"io_readv")
}

unsafe extern "C" fn io_close<T: ChannelImpl>(
    channel: *mut QIOChannel,
    errp: *mut *mut RawError,
) -> c_int {
    // SAFETY: the slot's contract.
    done(unsafe { instance::<T>(channel) }.close(), errp, c"io_close")
}

unsafe extern "C" fn io_create_watch<T: ChannelImpl>(
    channel: *mut QIOChannel,
    condition: GIOCondition,
) -> *mut GSource {
    // SAFETY: the slot's contract.
    unsafe { instance::<T>(channel) }.create_watch(condition).into_raw()
}

unsafe extern "C" fn io_set_blocking<T: ChannelImpl>(
    channel: *mut QIOChannel,
    enabled: bool,
    errp: *mut *mut RawError,
) -> c_int {
    // SAFETY: the slot's contract.
    done(unsafe { instance::<T>(channel) }.set_blocking(enabled), errp, c"io_set_blocking")
}

unsafe extern "C" fn io_shutdown<T: ChannelImpl>(
    channel: *mut QIOChannel,
    how: QIOChannelShutdownValue,
    errp: *mut *mut RawError,
) -> c_int {
    // SAFETY: the slot's contract.
    let channel = unsafe { instance::<T>(channel) };
    match T::SHUTDOWN {
        Some(shutdown) => done(shutdown(channel, how), errp, c"io_shutdown"),
        None => -1,
    }
}

unsafe extern "C" fn io_flush<T: ChannelImpl>(
    channel: *mut QIOChannel,
    errp: *mut *mut RawError,
) -> c_int {
    // SAFETY: the slot's contract.
    let channel = unsafe { instance::<T>(channel) };
    match T::FLUSH.map(|flush| flush(channel)) {
        Some(Ok(Flushed::ZeroCopy)) => 0,
        Some(Ok(Flushed::Copied)) => 1,
        Some(Err(error)) => {
            store(error, errp, c"io_flush");
            -1
        }
        None => -1,
    }
}

unsafe extern "C" fn io_set_cork<T: ChannelImpl>(channel: *mut QIOChannel, enabled: bool) {
    if let Some(set_cork) = T::SET_CORK {
        // SAFETY: the slot's contract.
        set_cork(unsafe { instance::<T>(channel) }, enabled);
    }
}

unsafe extern "C" fn io_set_delay<T: ChannelImpl>(channel: *mut QIOChannel, enabled: bool) {
    if let Some(set_delay) = T::SET_DELAY {
        // SAFETY: the slot's contract.
        set_delay(unsafe { instance::<T>(channel) }, enabled);
    }
}

unsafe extern "C" fn io_seek<T: ChannelImpl>(
    channel: *mut QIOChannel,
    offset: off_t,
    whence: c_int,
    errp: *mut *mut RawError,
) -> off_t {
    // SAFETY: the slot's contract.
    let channel = unsafe { instance::<T>(channel) };
    match T::SEEK.map(|seek| seek(channel, offset, whence)) {
        Some(Ok(position)) => position,
        Some(Err(error)) => {
            store(error, errp, c"io_seek");
            -1
        }
        None => -1,
    }
}

unsafe extern "C" fn io_set_aio_fd_handler<T: ChannelImpl>(
    channel: *mut QIOChannel,
    ctx: *mut AioContext,
    read: IOHandlerPointer,
    write: IOHandlerPointer,
    opaque: *mut c_void,
) {
    if let Some(set_handler) = T::SET_AIO_FD_HANDLER {
        // SAFETY: the slot's contract.
        let channel = unsafe { instance::<T>(channel) };
        set_handler(channel, FdHandlers { ctx, read, write, opaque });
    }
}
