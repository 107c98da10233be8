//! A channel over a growing piece of memory.
//!
//! C code changes the public fields between calls, so every operation starts from
//! them and trusts only what the interface promises: `data` has `capacity` bytes
//! from GLib's allocator, and `usage` is not larger than that.

use std::ffi::{CStr, c_int};

use glib_sys::{G_IO_IN, G_IO_OUT, GIOCondition, g_free, g_malloc0, g_try_realloc};
use libc::iovec;

use super::dispatch::Channel;
use super::request::{Read, Write};
use super::watch::{Watch, ready_watch};
use super::{ChannelImpl, Seek, Transfer};
use crate::abi::io::channel_buffer::QIOChannelBuffer;
use crate::error::Error;
use crate::host::object::{ObjectRef, ObjectType};
use crate::sys::{Buffers, Errno};

// SAFETY: `repr(C)`, starts with a QIOChannel, registered with its size.
unsafe impl ObjectType for QIOChannelBuffer {
    const TYPE_NAME: &'static CStr = c"qio-channel-buffer";
}

/// An empty channel with room for `capacity` bytes.
pub(crate) fn with_capacity(capacity: usize) -> ObjectRef<QIOChannelBuffer> {
    let channel = ObjectRef::<QIOChannelBuffer>::new();
    if capacity > 0 {
        // SAFETY: GLib returns zeroed memory or ends the process.
        channel.data.set(unsafe { g_malloc0(capacity) }.cast());
        channel.capacity.set(capacity);
    }
    channel
}

impl QIOChannelBuffer {
    /// Frees the data and leaves an empty buffer.
    fn clear(&self) {
        // SAFETY: `data` is NULL or memory from GLib's allocator.
        unsafe { g_free(self.data.replace(std::ptr::null_mut()).cast()) };
        self.capacity.set(0);
        self.usage.set(0);
        self.offset.set(0);
    }

    /// Makes room for `needed` bytes in all, exactly: C code looks at `capacity`.
    fn reserve(&self, needed: usize) -> Result<(), Error> {
        if needed <= self.capacity.get() {
            return Ok(());
        }
        // SAFETY: `data` is NULL or memory from GLib's allocator; on failure it
        // stays as it is.
        let data = unsafe { g_try_realloc(self.data.get().cast(), needed) };
        if data.is_null() {
            return Err(Error::with_errno(
                Errno::new(libc::ENOMEM),
                format!("Unable to grow buffer to {needed} bytes"),
            ));
        }
        self.data.set(data.cast());
        self.capacity.set(needed);
        Ok(())
    }

    /// Zeroes what lies between the end of the data and the position, when a seek
    /// went past the end.
    fn fill_gap(&self) {
        let (usage, offset) = (self.usage.get(), self.offset.get());
        if offset > usage {
            // SAFETY: `reserve` made room for `offset` bytes and more, unless
            // offset is 0, when there is no gap.
            unsafe { self.data.get().add(usage).write_bytes(0, offset - usage) };
            self.usage.set(offset);
        }
    }

    /// Whether `count` bytes can be appended as things are.
    #[inline]
    fn has_room_for(&self, count: usize) -> bool {
        let usage = self.usage.get();
        self.offset.get() <= usage && count <= self.capacity.get().saturating_sub(usage)
    }

    /// Appends the memory of `element`, which may be the buffer's own.
    ///
    /// # Safety
    ///
    /// There is room for it behind the data, and the memory is readable.
    #[inline]
    unsafe fn append(&self, element: &iovec) {
        let usage = self.usage.get();
        self.usage.set(usage + element.iov_len);
        // SAFETY: passed on to the caller. Without any bytes, NULL is fine too.
        unsafe {
            let end = self.data.get().add(usage);
            std::ptr::copy(element.iov_base.cast::<u8>(), end, element.iov_len);
        }
    }

    /// Makes room, and appends all elements.
    #[inline(never)]
    fn grow_and_write(&self, buffers: Buffers<'_>) -> Transfer {
        let total = buffers.total();
        let start = self.offset.get().max(self.usage.get());
        let (Some(total), Some(needed)) = (total, total.and_then(|total| end_of(start, total)))
        else {
            return Err(Error::with_errno(
                Errno::new(libc::EFBIG),
                "Unable to grow buffer beyond the largest size",
            )
            .into());
        };
        self.reserve(needed)?;
        self.fill_gap();
        for element in buffers.elements() {
            // SAFETY: `reserve` made room for all elements behind the data, and the
            // caller vouches for the memory that is read.
            unsafe { self.append(element) };
        }
        self.offset.set(self.offset.get() + total);
        Ok(total)
    }

    /// Where a seek by the rules of lseek(2) ends.
    fn seek_target(&self, offset: i64, whence: c_int) -> Option<i64> {
        let base = match whence {
            libc::SEEK_SET => 0,
            libc::SEEK_CUR => self.offset.get(),
            libc::SEEK_END => self.usage.get(),
            _ => return None,
        };
        i64::try_from(base).ok()?.checked_add(offset).filter(|&target| target >= 0)
    }
}

impl ChannelImpl for QIOChannelBuffer {
    const FINALIZE: Option<fn(&Self)> = Some(Self::clear);
    const SEEK: Option<Seek<Self>> = Some(|channel, offset, whence| {
        let target = channel.seek_target(offset, whence).ok_or_else(|| {
            Error::with_errno(
                Errno::new(libc::EINVAL),
                format!("Unable to seek to offset {offset} (whence {whence}) in buffer"),
            )
        })?;
        channel.offset.set(target as usize);
        Ok(target)
    });

    #[inline]
    fn writev(&self, request: Write<'_>) -> Transfer {
        match request.buffers.elements() {
            [element] if self.has_room_for(element.iov_len) => {
                self.offset.set(self.offset.get() + element.iov_len);
                // SAFETY: there is room, and the caller vouches for the memory.
                unsafe { self.append(element) };
                Ok(element.iov_len)
            }
            _ => self.grow_and_write(request.buffers),
        }
    }

    fn readv(&self, request: Read<'_>) -> Transfer {
        let (usage, offset) = (self.usage.get(), self.offset.get());
        if offset >= usage {
            return Ok(0);
        }
        // SAFETY: `usage` bytes at `data` hold data; nobody changes them while
        // this thread is in the call.
        let data =
            unsafe { std::slice::from_raw_parts(self.data.get().add(offset), usage - offset) };
        let count = request.buffers.fill(data);
        self.offset.set(offset + count);
        Ok(count)
    }

    fn close(&self) -> Result<(), Error> {
        self.clear();
        Ok(())
    }

    fn set_blocking(&self, _enabled: bool) -> Result<(), Error> {
        Ok(())
    }

    fn create_watch(&self, condition: GIOCondition) -> Watch {
        let reported = condition & (G_IO_IN | G_IO_OUT);
        ready_watch(Channel::of(self), reported, reported != 0)
    }
}

/// The end of `length` bytes at `start`, if a buffer can be so large.
fn end_of(start: usize, length: usize) -> Option<usize> {
    start.checked_add(length).filter(|&end| end <= isize::MAX as usize)
}
