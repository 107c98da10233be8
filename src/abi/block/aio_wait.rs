//! Types of `block/aio-wait.h`.

use std::sync::atomic::AtomicU32;

/// Counts the threads that wait for the main context.
#[repr(C)]
pub struct AioWait {
    /// How many wait right now. Changed atomically, also by C code.
    pub num_waiters: AtomicU32,
}
