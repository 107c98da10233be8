//! Types of `qemu/event_notifier.h`.

use std::cell::Cell;
use std::ffi::c_int;

/// A flag that can be polled: one thread sets it, another one tests and clears.
#[repr(C)]
pub struct EventNotifier {
    /// Readable while the flag is set.
    pub rfd: Cell<c_int>,
    /// Written to set the flag; the same descriptor on Linux.
    pub wfd: Cell<c_int>,
    /// Whether the descriptors are open.
    pub initialized: Cell<bool>,
}
