//! What a caller asks of one read or write.

use std::ffi::c_int;
use std::os::fd::IntoRawFd;

use glib_sys::g_malloc;

use crate::abi::io::channel::{
    QIO_CHANNEL_READ_FLAG_FD_PRESERVE_BLOCKING, QIO_CHANNEL_READ_FLAG_MSG_PEEK,
    QIO_CHANNEL_READ_FLAG_RELAXED_EOF,
};
use crate::sys::ancillary::Descriptors;
use crate::sys::{Buffers, BuffersMut};

/// One write.
#[derive(Clone, Copy)]
pub(crate) struct Write<'a> {
    /// Memory to write from, in order.
    pub(crate) buffers: Buffers<'a>,
    /// Descriptors that travel with the first byte; they stay the caller's. Empty
    /// unless the channel can pass descriptors.
    pub(crate) descriptors: &'a [c_int],
    /// Whether the kernel may send straight from the memory. False unless the
    /// channel can do that.
    pub(crate) zero_copy: bool,
}

/// One read.
#[derive(Clone, Copy)]
pub(crate) struct Read<'a> {
    /// Memory to read into, in order.
    pub(crate) buffers: BuffersMut<'a>,
    /// Where descriptors go, if the caller wants any.
    pub(crate) descriptors: Option<DescriptorSink>,
}

/// How a read differs from a plain one.
#[derive(Clone, Copy)]
pub(crate) struct ReadFlags(c_int);

impl ReadFlags {
    /// Not at all.
    pub(crate) const NONE: Self = Self(0);

    /// What a C caller wishes.
    #[cfg(feature = "backports")]
    pub(crate) fn from_raw(flags: c_int) -> Self {
        Self(flags)
    }

    /// The data stay queued.
    pub(crate) fn peeks(self) -> bool {
        self.0 & QIO_CHANNEL_READ_FLAG_MSG_PEEK != 0
    }

    /// A peer that goes away without notice is an end of file.
    pub(crate) fn has_relaxed_end(self) -> bool {
        self.0 & QIO_CHANNEL_READ_FLAG_RELAXED_EOF != 0
    }

    /// Received descriptors stay non-blocking if they are.
    pub(crate) fn keeps_blocking_mode(self) -> bool {
        self.0 & QIO_CHANNEL_READ_FLAG_FD_PRESERVE_BLOCKING != 0
    }
}

/// Where a C caller wants received descriptors.
#[derive(Clone, Copy)]
pub(crate) struct DescriptorSink {
    array: *mut *mut c_int,
    count: *mut usize,
}

impl DescriptorSink {
    /// The place that a C caller named; `None` if part of it is NULL.
    ///
    /// # Safety
    ///
    /// Each pointer is NULL, or writable while the sink is used.
    pub(crate) unsafe fn from_raw(array: *mut *mut c_int, count: *mut usize) -> Option<Self> {
        (!array.is_null() && !count.is_null()).then_some(Self { array, count })
    }

    /// Hands the descriptors to the caller; what was there is overwritten.
    pub(crate) fn store(self, descriptors: Descriptors) {
        let count = descriptors.len();
        let array = if count == 0 {
            std::ptr::null_mut()
        } else {
            // SAFETY: GLib ends the process rather than return NULL.
            unsafe { g_malloc(count * size_of::<c_int>()) }.cast::<c_int>()
        };
        for (index, descriptor) in descriptors.into_iter().enumerate() {
            // SAFETY: `index` is below the length of the array.
            unsafe { array.add(index).write(descriptor.into_raw_fd()) };
        }
        // SAFETY: `from_raw` vouches for the pointers.
        unsafe {
            *self.array = array;
            *self.count = count;
        }
    }
}
