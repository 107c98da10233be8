//! Functions of `qemu/timer.h`.

use std::ffi::{c_int, c_void};

use crate::abi::qemu::timer::{QEMUTimer, QEMUTimerListGroup};
use crate::abi::values::{QEMUClockTypeValue, QEMUTimerCBPointer};
use crate::runtime::aio::timer::{self, TimerSetup};
use crate::runtime::main_loop;

/// Does nothing: clocks need no initialisation here.
#[unsafe(no_mangle)]
pub extern "C" fn init_clocks() {}

/// Returns the current time of a clock, in nanoseconds.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_clock_get_ns(r#type: QEMUClockTypeValue) -> i64 {
    timer::now(r#type)
}

/// Initialises a timer. It is idle then.
///
/// @param ts the timer
/// @param timer_list_group (nullable): the timers of an event context; NULL for those
///   of the main loop
/// @param type the clock
/// @param scale nanoseconds in one unit of this timer
/// @param attributes kept, without meaning here
/// @param cb called when the timer fires, by the context's thread; the timer is idle
///   then and may be armed again
/// @param opaque passed to `cb`
///
/// # Safety
///
/// `ts` is writable; the context is alive while the timer is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_init_full(
    ts: *mut QEMUTimer,
    timer_list_group: *mut QEMUTimerListGroup,
    r#type: QEMUClockTypeValue,
    scale: c_int,
    attributes: c_int,
    cb: QEMUTimerCBPointer,
    opaque: *mut c_void,
) {
    let group = if timer_list_group.is_null() {
        main_loop::timer_group()
    } else {
        timer_list_group.cast_const()
    };
    let setup = TimerSetup { group, clock: r#type, scale, attributes, callback: cb, opaque };
    // SAFETY: passed on to the caller.
    unsafe { setup.initialise(ts) };
}

/// Ends the use of an idle timer. Aborts if it is armed.
///
/// # Safety
///
/// `ts` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_deinit(ts: *mut QEMUTimer) {
    // SAFETY: passed on to the caller.
    timer::deinitialise(unsafe { &*ts });
}

/// Disarms a timer. Any thread may do so; a callback that runs goes on.
///
/// # Safety
///
/// `ts` is initialised, or zeroed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_del(ts: *mut QEMUTimer) {
    // SAFETY: passed on to the caller.
    unsafe { timer::disarm(&*ts) };
}

/// Arms a timer for a time of its clock, in nanoseconds, in place of what it was
/// armed for. Any thread may do so. Times before 0 count as 0, and times that have
/// passed as now.
///
/// # Safety
///
/// `ts` is initialised, and stays so while it is armed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_mod_ns(ts: *mut QEMUTimer, expire_time: i64) {
    // SAFETY: passed on to the caller.
    unsafe { timer::arm(&*ts, expire_time, false) };
}

/// As `timer_mod_ns()`, unless the timer is armed for an earlier time.
///
/// # Safety
///
/// As for `timer_mod_ns()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_mod_anticipate_ns(ts: *mut QEMUTimer, expire_time: i64) {
    // SAFETY: passed on to the caller.
    unsafe { timer::arm(&*ts, expire_time, true) };
}

/// As `timer_mod_ns()`, in the timer's own unit.
///
/// # Safety
///
/// As for `timer_mod_ns()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_mod(ts: *mut QEMUTimer, expire_timer: i64) {
    // SAFETY: passed on to the caller.
    unsafe { timer::arm(&*ts, in_nanoseconds(&*ts, expire_timer), false) };
}

/// As `timer_mod_anticipate_ns()`, in the timer's own unit.
///
/// # Safety
///
/// As for `timer_mod_ns()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_mod_anticipate(ts: *mut QEMUTimer, expire_timer: i64) {
    // SAFETY: passed on to the caller.
    unsafe { timer::arm(&*ts, in_nanoseconds(&*ts, expire_timer), true) };
}

/// Tells whether a timer is armed.
///
/// # Safety
///
/// `ts` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_pending(ts: *mut QEMUTimer) -> bool {
    // SAFETY: passed on to the caller.
    timer::is_armed(unsafe { &*ts })
}

/// Tells whether a timer is armed for a time that is not after `current_time`,
/// in its own unit.
///
/// # Safety
///
/// `timer_head` is NULL or initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_expired(timer_head: *mut QEMUTimer, current_time: i64) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { timer_head.as_ref() }.is_some_and(|timer| {
        timer::is_armed(timer) && timer::deadline(timer) <= in_nanoseconds(timer, current_time)
    })
}

/// Returns the time a timer is armed for, in nanoseconds; all ones if it is idle.
///
/// # Safety
///
/// `ts` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn timer_expire_time_ns(ts: *mut QEMUTimer) -> u64 {
    // SAFETY: passed on to the caller.
    timer::deadline(unsafe { &*ts }).cast_unsigned()
}

fn in_nanoseconds(timer: &QEMUTimer, time: i64) -> i64 {
    time.saturating_mul(i64::from(timer.scale.get()))
}
