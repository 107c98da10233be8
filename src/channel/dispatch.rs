//! One call of one virtual function, with the checks of the base class.
//!
//! Arguments, results and `errp` pass through unchanged: a class written in C sees
//! exactly what its caller said, and its caller what the class answered, odd
//! negative numbers included.

use std::cell::Cell;
use std::ffi::c_int;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

use glib_sys::{GIOCondition, g_source_set_name};
use libc::{iovec, off_t};

use super::ChannelImpl;
use super::watch::Watch;
use crate::abi::io::channel::{
    QIO_CHANNEL_WRITE_FLAG_ZERO_COPY, QIOChannel, QIOChannelClass, QIOChannelFeature,
};
use crate::abi::qemu::typedefs::Coroutine;
use crate::abi::values::QIOChannelShutdownValue;
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::error::Destination;
use crate::host::object;
use crate::sys::Errno;

/// The first feature that is not stored, but follows from the class.
#[cfg(feature = "backports")]
const FIRST_DERIVED: u32 = QIOChannelFeature::QIO_CHANNEL_FEATURE_READ_MSG_PEEK as u32;

/// A channel of any class, alive for `'a`.
///
/// Not `&QIOChannel`: the pointer must stay good for the whole instance.
#[derive(Clone, Copy)]
pub(crate) struct Channel<'a> {
    raw: NonNull<QIOChannel>,
    lifetime: PhantomData<&'a QIOChannel>,
}

/// Descriptors to be sent along with data.
#[derive(Clone, Copy)]
pub(crate) struct SendDescriptors {
    /// An array, or NULL.
    pub(crate) array: *mut c_int,
    /// Its length.
    pub(crate) count: usize,
}

impl SendDescriptors {
    /// None.
    pub(crate) const NONE: Self = Self { array: std::ptr::null_mut(), count: 0 };

    fn are_given(self) -> bool {
        !self.array.is_null() || self.count != 0
    }
}

/// Where received descriptors are to be stored.
#[derive(Clone, Copy)]
pub(crate) struct ReceiveDescriptors {
    /// The array that the class allocates, or NULL.
    pub(crate) array: *mut *mut c_int,
    /// Its length, or NULL.
    pub(crate) count: *mut usize,
}

impl ReceiveDescriptors {
    /// Nowhere.
    pub(crate) const NONE: Self = Self { array: std::ptr::null_mut(), count: std::ptr::null_mut() };

    pub(super) fn are_wanted(self) -> bool {
        !self.array.is_null() || !self.count.is_null()
    }
}

impl Deref for Channel<'_> {
    type Target = QIOChannel;

    fn deref(&self) -> &QIOChannel {
        // SAFETY: `from_raw` vouches for a live channel.
        unsafe { self.raw.as_ref() }
    }
}

impl<'a> Channel<'a> {
    /// The channel a C caller named.
    ///
    /// # Safety
    ///
    /// `channel` is a live instance of a class derived from `qio-channel`, for `'a`.
    #[inline]
    pub(crate) unsafe fn from_raw(channel: *mut QIOChannel) -> Self {
        // SAFETY: a live instance is not at address 0.
        let raw = unsafe { NonNull::new_unchecked(channel) };
        Self { raw, lifetime: PhantomData }
    }

    /// The channel that an instance of a class is.
    #[inline]
    pub(crate) fn of<T: ChannelImpl>(channel: &'a T) -> Self {
        Self { raw: NonNull::from(channel).cast(), lifetime: PhantomData }
    }

    /// The pointer that C knows the channel by.
    pub(crate) fn as_ptr(self) -> *mut QIOChannel {
        self.raw.as_ptr()
    }

    #[inline]
    fn class(self) -> &'a QIOChannelClass {
        // SAFETY: the class of a channel is a QIOChannelClass; classes live for
        // ever and are not written once instances exist.
        unsafe { &*self.parent.class.get().cast::<QIOChannelClass>() }
    }

    /// Whether the channel has a feature; numbers without a bit are no feature.
    #[inline]
    pub(crate) fn has_feature(self, feature: u32) -> bool {
        let is_stored = self.features.get() & 1u32.checked_shl(feature).unwrap_or(0) != 0;
        #[cfg(feature = "backports")]
        return is_stored || feature >= FIRST_DERIVED && self.has_derived_feature(feature);
        #[cfg(not(feature = "backports"))]
        is_stored
    }

    /// Whether a read fills several elements without waiting for more than the first
    /// byte. A class that is not known to may wait for each.
    pub(super) fn fills_vectors(self) -> bool {
        // SAFETY: the channel is alive.
        let name = unsafe { object::type_name(self.as_ptr().cast()) };
        [c"qio-channel-socket", c"qio-channel-file", c"qio-channel-command"].contains(&name)
    }

    /// Declares a feature.
    pub(crate) fn set_feature(self, feature: u32) {
        self.features.set(self.features.get() | 1u32.checked_shl(feature).unwrap_or(0));
    }

    /// Reads once.
    ///
    /// # Safety
    ///
    /// `iov` has `niov` writable elements, and the pointers in `descriptors` are
    /// NULL or writable.
    #[inline]
    pub(crate) unsafe fn readv_full(
        self,
        iov: *const iovec,
        niov: usize,
        descriptors: ReceiveDescriptors,
        errp: Destination,
    ) -> isize {
        if descriptors.are_wanted() && !self.has(QIOChannelFeature::QIO_CHANNEL_FEATURE_FD_PASS) {
            return refuse("Channel does not support file descriptor passing", errp);
        }
        let Some(io_readv) = self.class().io_readv else { self.missing("io_readv") };
        // SAFETY: the slot gets its own instance and what the caller vouches for.
        unsafe {
            io_readv(self.as_ptr(), iov, niov, descriptors.array, descriptors.count, errp.as_raw())
        }
    }

    /// Writes once.
    ///
    /// # Safety
    ///
    /// `iov` has `niov` readable elements, and `descriptors` its count.
    #[inline]
    pub(crate) unsafe fn writev_full(
        self,
        iov: *const iovec,
        niov: usize,
        descriptors: SendDescriptors,
        flags: c_int,
        errp: Destination,
    ) -> isize {
        let is_plain = !descriptors.are_given() && flags & QIO_CHANNEL_WRITE_FLAG_ZERO_COPY == 0;
        if !is_plain && let Err(reason) = self.check_write(descriptors, flags) {
            return refuse(reason, errp);
        }
        let Some(io_writev) = self.class().io_writev else { self.missing("io_writev") };
        // SAFETY: the slot gets its own instance and what the caller vouches for.
        unsafe {
            io_writev(
                self.as_ptr(),
                iov,
                niov,
                descriptors.array,
                descriptors.count,
                flags,
                errp.as_raw(),
            )
        }
    }

    /// Whether the channel can do more than a plain write. The order of the checks
    /// is part of the interface.
    fn check_write(self, descriptors: SendDescriptors, flags: c_int) -> Result<(), &'static str> {
        use QIOChannelFeature::{QIO_CHANNEL_FEATURE_FD_PASS, QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY};
        let zero_copy = flags & QIO_CHANNEL_WRITE_FLAG_ZERO_COPY != 0;
        if descriptors.are_given() {
            if !self.has(QIO_CHANNEL_FEATURE_FD_PASS) {
                return Err("Channel does not support file descriptor passing");
            }
            if zero_copy {
                return Err("Zero copy does not go together with file descriptor passing");
            }
        }
        if zero_copy && !self.has(QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY) {
            return Err("Channel does not support zero-copy writes");
        }
        Ok(())
    }

    #[inline]
    fn has(self, feature: QIOChannelFeature) -> bool {
        self.has_feature(feature as u32)
    }

    /// Closes the channel.
    pub(crate) fn close(self, errp: Destination) -> c_int {
        let Some(io_close) = self.class().io_close else { self.missing("io_close") };
        // SAFETY: the slot gets its own instance.
        unsafe { io_close(self.as_ptr(), errp.as_raw()) }
    }

    /// Makes reads and writes block or not.
    pub(crate) fn set_blocking(self, enabled: bool, errp: Destination) -> c_int {
        let Some(io_set_blocking) = self.class().io_set_blocking else {
            self.missing("io_set_blocking")
        };
        // SAFETY: the slot gets its own instance.
        unsafe { io_set_blocking(self.as_ptr(), enabled, errp.as_raw()) }
    }

    /// Ends one or both directions.
    pub(crate) fn shutdown(self, how: QIOChannelShutdownValue, errp: Destination) -> c_int {
        match self.class().io_shutdown {
            // SAFETY: the slot gets its own instance.
            Some(io_shutdown) => unsafe { io_shutdown(self.as_ptr(), how, errp.as_raw()) },
            None => {
                Error::new("Channel does not support shutting down one direction")
                    .store(errp, c"qio_channel_shutdown");
                -1
            }
        }
    }

    /// Holds back or releases incomplete segments, where the class can.
    pub(crate) fn set_cork(self, enabled: bool) {
        if let Some(io_set_cork) = self.class().io_set_cork {
            // SAFETY: the slot gets its own instance.
            unsafe { io_set_cork(self.as_ptr(), enabled) };
        }
    }

    /// Allows or forbids delaying small writes, where the class can.
    pub(crate) fn set_delay(self, enabled: bool) {
        if let Some(io_set_delay) = self.class().io_set_delay {
            // SAFETY: the slot gets its own instance.
            unsafe { io_set_delay(self.as_ptr(), enabled) };
        }
    }

    /// Moves the position.
    pub(crate) fn seek(self, offset: off_t, whence: c_int, errp: Destination) -> off_t {
        match self.class().io_seek {
            // SAFETY: the slot gets its own instance.
            Some(io_seek) => unsafe { io_seek(self.as_ptr(), offset, whence, errp.as_raw()) },
            None => {
                Error::new("Channel does not support random access")
                    .store(errp, c"qio_channel_io_seek");
                -1
            }
        }
    }

    /// Waits until queued zero-copy writes are done.
    pub(crate) fn flush(self, errp: Destination) -> c_int {
        match self.class().io_flush {
            Some(io_flush) if self.has(QIOChannelFeature::QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY) => {
                // SAFETY: the slot gets its own instance.
                unsafe { io_flush(self.as_ptr(), errp.as_raw()) }
            }
            _ => 0,
        }
    }

    /// An unattached source that fires when `condition` holds, with the channel's
    /// name if it has one.
    pub(crate) fn create_watch(self, condition: GIOCondition) -> Watch {
        let Some(io_create_watch) = self.class().io_create_watch else {
            self.missing("io_create_watch")
        };
        // SAFETY: the slot gets its own instance and returns a new source, if any;
        // GLib copies the name, which is a C string while it is not NULL.
        unsafe {
            let source = io_create_watch(self.as_ptr(), condition);
            if source.is_null() {
                self.broken("io_create_watch", "returned no source");
            }
            let watch = Watch::from_raw(source);
            if !self.name.get().is_null() {
                g_source_set_name(watch.as_ptr(), self.name.get());
            }
            watch
        }
    }

    /// Where the channel remembers the coroutines that wait to read and to write.
    pub(crate) fn waiter_places(self) -> (&'a Cell<*mut Coroutine>, &'a Cell<*mut Coroutine>) {
        // SAFETY: `from_raw` vouches for a live channel for 'a.
        let channel = unsafe { self.raw.as_ref() };
        (&channel.read_coroutine, &channel.write_coroutine)
    }

    /// The lock of those places.
    pub(crate) fn waiters_lock(self) -> &'a AtomicU32 {
        // SAFETY: as above.
        &unsafe { self.raw.as_ref() }.waiters_lock
    }

    /// Registers event handlers. A class that cannot have any accepts that there
    /// are none.
    pub(crate) fn set_aio_fd_handler(self, handlers: FdHandlers) {
        let FdHandlers { ctx, read, write, opaque } = handlers;
        match self.class().io_set_aio_fd_handler {
            // SAFETY: the slot gets its own instance and what its caller gave.
            Some(set_handler) => unsafe { set_handler(self.as_ptr(), ctx, read, write, opaque) },
            None if read.is_none() && write.is_none() => {}
            None => self.missing("io_set_aio_fd_handler"),
        }
    }

    /// Ends the process: the class does not implement what was called.
    #[cold]
    fn missing(self, slot: &str) -> ! {
        self.broken(slot, "does not implement this")
    }

    /// Ends the process: the class does something in `slot` that a class must not.
    #[cold]
    fn broken(self, slot: &str, how: &str) -> ! {
        // SAFETY: the channel is alive.
        let name = unsafe { object::type_name(self.as_ptr().cast()) };
        fatal!("{slot}: the channel class '{}' {how}", name.to_string_lossy())
    }
}

/// Fails a read or write that the channel cannot do.
#[cold]
#[track_caller]
pub(super) fn refuse(reason: &'static str, errp: Destination) -> isize {
    Error::with_errno(Errno::new(libc::EINVAL), reason).store(errp, c"qio_channel");
    -1
}
