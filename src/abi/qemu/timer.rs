//! Types of `qemu/timer.h`.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use crate::abi::values::QEMUTimerCBPointer;

/// What a timer's deadline is measured against.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QEMUClockType {
    /// Time that never jumps (`CLOCK_MONOTONIC`).
    QEMU_CLOCK_REALTIME = 0,
    /// The same here; in an emulator, the guest's time.
    QEMU_CLOCK_VIRTUAL = 1,
    /// The wall clock, which may jump.
    QEMU_CLOCK_HOST = 2,
    /// The same as `QEMU_CLOCK_VIRTUAL` here.
    QEMU_CLOCK_VIRTUAL_RT = 3,
    /// The number of clocks.
    QEMU_CLOCK_MAX = 4,
}

/// Timers of one clock that run in one context.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QEMUTimerList {
    _private: [u8; 0],
}

/// The timer lists of one context, indexed by clock.
#[repr(C)]
pub struct QEMUTimerListGroup {
    /// The lists.
    pub tl: [*mut QEMUTimerList; 4],
}

/// A timer. All fields are private.
#[repr(C)]
pub struct QEMUTimer {
    /// When it fires, in nanoseconds of its clock; -1 when it is idle.
    pub(crate) expire_time: Cell<i64>,
    /// Where it belongs to.
    pub(crate) timer_list: Cell<*mut QEMUTimerList>,
    /// What runs when it fires.
    pub(crate) cb: Cell<QEMUTimerCBPointer>,
    /// Passed to the callback.
    pub(crate) opaque: Cell<*mut c_void>,
    /// Tells timers with the same deadline apart.
    pub(crate) order: Cell<u64>,
    /// Attributes given at initialisation.
    pub(crate) attributes: Cell<c_int>,
    /// Nanoseconds in one unit of this timer.
    pub(crate) scale: Cell<c_int>,
}
