//! How the memory of a [`Buffer`] grows and shrinks.

use std::ptr;

use glib_sys::{g_free, g_realloc};

use crate::abi::qemu::buffer::Buffer;

/// The least memory that is allocated.
const MIN_SIZE: usize = 4096;

/// Memory below this size is never given back.
const MIN_SHRINK_SIZE: usize = 64 * 1024;

/// The average is kept in units of 1/128 byte, and the last 128 sizes count.
const AVERAGE_SHIFT: u32 = 7;

/// How many times larger than needed on average the memory must be to shrink.
const MUCH_TOO_LARGE: usize = 8;

impl Buffer {
    /// The memory for `more` bytes behind those in use.
    fn size_for(&self, more: usize) -> usize {
        let needed = self.offset.checked_add(more).and_then(usize::checked_next_power_of_two);
        match needed {
            Some(size) => size.max(MIN_SIZE),
            None => fatal!("buffer_reserve: no memory can hold that many bytes"),
        }
    }

    fn resize(&mut self, size: usize) {
        // SAFETY: the memory came from GLib, or is NULL; `size` covers what is in
        // use, and GLib ends the process rather than fail.
        self.buffer = unsafe { g_realloc(self.buffer.cast(), size) }.cast();
        self.capacity = size;
        // A buffer that was needed once is not given back soon.
        self.avg_size = self.avg_size.max(scaled(size));
    }

    /// Makes room for `more` bytes behind those in use.
    pub(crate) fn reserve(&mut self, more: usize) {
        if self.capacity - self.offset < more {
            self.resize(self.size_for(more));
        }
    }

    /// Gives memory back if far less has been in use for a long time.
    pub(crate) fn shrink(&mut self) {
        let average = self.avg_size;
        self.avg_size = average - (average >> AVERAGE_SHIFT) + self.size_for(0) as u64;
        let usual = (self.avg_size >> AVERAGE_SHIFT) as usize;
        let size = self.size_for(usual.saturating_sub(self.offset));
        if size < self.capacity / MUCH_TOO_LARGE && size >= MIN_SHRINK_SIZE {
            self.resize(size);
        }
    }

    /// The first byte that is not in use; NULL if there is no memory.
    pub(crate) fn end(&self) -> *mut u8 {
        self.buffer.wrapping_add(self.offset)
    }

    /// Copies `length` bytes behind those in use.
    ///
    /// # Safety
    ///
    /// `data` is readable for `length` bytes, which are not memory of this buffer.
    pub(crate) unsafe fn append(&mut self, data: *const u8, length: usize) {
        if length == 0 {
            return;
        }
        self.reserve(length);
        // SAFETY: the caller vouches for the source; the room was made above.
        unsafe { ptr::copy_nonoverlapping(data, self.end(), length) };
        self.offset += length;
    }

    /// Drops the first `length` bytes.
    pub(crate) fn advance(&mut self, length: usize) {
        ensure!(length <= self.offset, "buffer_advance: the buffer has fewer bytes than that");
        self.offset -= length;
        if self.offset > 0 {
            // SAFETY: both ranges are inside the bytes that were in use.
            unsafe { ptr::copy(self.buffer.add(length), self.buffer, self.offset) };
        }
        self.shrink();
    }

    /// Frees everything.
    pub(crate) fn release(&mut self) {
        // SAFETY: both came from GLib, or are NULL; they are not used again.
        unsafe {
            g_free(self.buffer.cast());
            g_free(self.name.cast());
        }
        *self = Self::EMPTY;
    }

    /// Gives the bytes and their memory to `to`, which has no bytes.
    pub(crate) fn move_to_empty(&mut self, to: &mut Self) {
        ensure!(to.offset == 0, "buffer_move_empty: the destination is not empty");
        // SAFETY: the memory came from GLib, or is NULL, and is replaced below.
        unsafe { g_free(to.buffer.cast()) };
        to.buffer = self.buffer;
        to.capacity = self.capacity;
        to.offset = self.offset;
        to.avg_size = to.avg_size.max(scaled(to.capacity));
        self.forget_memory();
    }

    /// Moves the bytes behind those of `to`.
    pub(crate) fn move_to(&mut self, to: &mut Self) {
        if to.offset == 0 {
            return self.move_to_empty(to);
        }
        // SAFETY: this buffer's bytes; two buffers do not share memory.
        unsafe {
            to.append(self.buffer, self.offset);
            g_free(self.buffer.cast());
        }
        self.forget_memory();
    }

    /// A buffer without name and memory.
    const EMPTY: Self = Self {
        name: ptr::null_mut(),
        capacity: 0,
        offset: 0,
        avg_size: 0,
        buffer: ptr::null_mut(),
    };

    fn forget_memory(&mut self) {
        *self = Self { name: self.name, ..Self::EMPTY };
    }
}

/// `size` in the unit of the average.
fn scaled(size: usize) -> u64 {
    (size as u64).saturating_mul(1 << AVERAGE_SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_shrinks_only_after_a_long_time() {
        let mut buffer = Buffer::EMPTY;
        buffer.reserve(8 << 20);
        let large = buffer.capacity;
        buffer.shrink();
        assert_eq!(buffer.capacity, large);
        for _ in 0..1000 {
            buffer.shrink();
        }
        assert!(buffer.capacity < large, "{}", buffer.capacity);
        assert!(buffer.capacity >= MIN_SHRINK_SIZE);
        buffer.release();
    }
}
