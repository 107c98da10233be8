//! Types of `qemu/thread.h`.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_uint;
use std::sync::atomic::AtomicU32;

use libc::{pthread_cond_t, pthread_mutex_t, pthread_t};

/// A mutex between threads. Not recursive.
#[repr(C)]
pub struct QemuMutex {
    /// The system's mutex.
    pub lock: UnsafeCell<pthread_mutex_t>,
    /// Whether the mutex may be used.
    pub initialized: Cell<bool>,
}

/// A mutex that its holder may lock again.
#[repr(C)]
pub struct QemuRecMutex {
    /// The mutex underneath.
    pub m: QemuMutex,
}

/// A condition variable.
#[repr(C)]
pub struct QemuCond {
    /// The system's condition variable.
    pub cond: UnsafeCell<pthread_cond_t>,
    /// Whether the condition variable may be used.
    pub initialized: Cell<bool>,
}

/// A number that threads wait for to be positive.
#[repr(C)]
pub struct QemuSemaphore {
    /// Guards the number.
    pub mutex: QemuMutex,
    /// What threads wait for.
    pub cond: QemuCond,
    /// The number.
    pub count: Cell<c_uint>,
}

/// A flag that threads can wait for.
#[repr(C)]
pub struct QemuEvent {
    /// The state: set, free, or somebody waits.
    pub value: AtomicU32,
    /// Whether the event may be used.
    pub initialized: Cell<bool>,
}

/// A thread.
#[repr(C)]
pub struct QemuThread {
    /// The system's handle.
    pub thread: Cell<pthread_t>,
}
