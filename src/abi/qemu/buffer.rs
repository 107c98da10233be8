//! Types of `qemu/buffer.h`.

use std::ffi::c_char;

/// Bytes on their way: appended at the end, taken from the front. Starts as all
/// zeros; `buffer_init()` gives it a name.
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
    /// Name for debugging; from `g_malloc()`, may be NULL.
    pub name: *mut c_char,
    /// Bytes of memory.
    pub capacity: usize,
    /// Bytes in use.
    pub offset: usize,
    /// Memory that was needed on average, in 1/128 bytes; private.
    pub avg_size: u64,
    /// The memory, from `g_malloc()`; may be NULL.
    pub buffer: *mut u8,
}
