//! Locks, conditions and events between threads.
//!
//! | file | idea |
//! |---|---|
//! | `mutex` | `QemuMutex`, `QemuRecMutex`, and the lock of a context |
//! | `condition` | `QemuCond` |
//! | `semaphore` | `QemuSemaphore` |
//! | `event` | `QemuEvent` |
//! | `threads` | `QemuThread` |

pub(crate) mod condition;
pub(crate) mod event;
mod mutex;
pub(crate) mod semaphore;
pub(crate) mod threads;

pub(crate) use mutex::{
    RecursiveLock, destroy, initialise, initialise_recursive, lock, try_lock, unlock,
};

use std::ffi::c_int;

/// Aborts if a call of the thread library failed: the object was misused.
#[inline]
fn must_succeed(result: c_int, function: &str) {
    if result != 0 {
        failed(result, function);
    }
}

#[cold]
#[inline(never)]
fn failed(errno: c_int, function: &str) -> ! {
    fatal!("{function}: {}", std::io::Error::from_raw_os_error(errno))
}

/// Aborts unless the object was initialised.
fn must_be_initialised(initialised: bool, function: &str) {
    if !initialised {
        fatal!("{function}: it was not initialised");
    }
}
