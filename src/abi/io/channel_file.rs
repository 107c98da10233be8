//! Types of `io/channel-file.h`.

use std::cell::Cell;
use std::ffi::c_int;

use crate::abi::io::channel::QIOChannel;

/// A channel over a descriptor that `readv()` and `writev()` work on: a file,
/// pipe, FIFO, terminal or device.
#[repr(C)]
pub struct QIOChannelFile {
    /// The base channel.
    pub parent: QIOChannel,
    /// The descriptor; -1 when there is none or it was closed.
    pub fd: Cell<c_int>,
}
