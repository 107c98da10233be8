//! Types of `io/channel-buffer.h`.

use std::cell::Cell;

use crate::abi::io::channel::QIOChannel;

/// A channel over a growing piece of memory.
///
/// C code may change the four fields between calls: the channel keeps no other
/// state. Not to be used by two threads at once.
#[repr(C)]
pub struct QIOChannelBuffer {
    /// The base channel.
    pub parent: QIOChannel,
    /// Bytes allocated at `data`.
    pub capacity: Cell<usize>,
    /// Bytes of `data` that hold data.
    pub usage: Cell<usize>,
    /// Where the next read starts.
    pub offset: Cell<usize>,
    /// The data, memory from `g_malloc()` or NULL.
    pub data: Cell<*mut u8>,
}
