//! Types of `io/channel-null.h`.

use std::cell::Cell;

use crate::abi::io::channel::QIOChannel;

/// A channel that swallows what is written and is always at end of file.
#[repr(C)]
pub struct QIOChannelNull {
    /// The base channel.
    pub parent: QIOChannel,
    /// Whether the channel was closed; reads and writes fail then.
    pub closed: Cell<bool>,
}
