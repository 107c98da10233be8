//! Types of `io/channel-command.h`.

use std::cell::Cell;
use std::ffi::c_int;

use glib_sys::GPid;

use crate::abi::io::channel::QIOChannel;

/// A channel to the standard input and output of a child process.
#[repr(C)]
pub struct QIOChannelCommand {
    /// The base channel.
    pub parent: QIOChannel,
    /// Pipe to the child's standard input; -1 when there is none.
    pub writefd: Cell<c_int>,
    /// Pipe from the child's standard output; -1 when there is none.
    pub readfd: Cell<c_int>,
    /// The child; 0 when there is none or it was waited for.
    pub pid: Cell<GPid>,
}
