//! Sleeping, until a time or until somebody ends it.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::{Coroutine, current, suspend};
use crate::abi::qemu::coroutine::QemuCoSleep;
use crate::abi::values::QEMUClockTypeValue;
use crate::runtime::aio::timer::{self, TimerSetup};
use crate::runtime::aio::{Context, current_context, schedule};
use crate::runtime::main_loop;

/// The claim of a sleep on its coroutine.
static CLAIM: &CStr = c"qemu_co_sleep_ns";

impl QemuCoSleep {
    /// Nobody sleeps.
    pub(super) const fn new() -> Self {
        Self { to_wake: Cell::new(ptr::null_mut()) }
    }

    fn begin(&self) {
        let own = current();
        if !own.is_entered() {
            fatal!("qemu_co_sleep: not called inside a coroutine");
        }
        own.claim(CLAIM);
        self.shared().store(own.as_raw(), Ordering::Release);
    }

    fn wait(&self) {
        suspend();
        if !self.to_wake.get().is_null() {
            fatal!("qemu_co_sleep: the coroutine was entered without ending its sleep");
        }
    }

    /// Sleeps until [`Self::wake`].
    pub(crate) fn sleep(&self) {
        self.begin();
        self.wait();
    }

    /// Ends the sleep, if there is one.
    pub(crate) fn wake(&self) {
        let raw = self.shared().swap(ptr::null_mut(), Ordering::AcqRel);
        if raw.is_null() {
            return;
        }
        // SAFETY: it sleeps, so it has not ended, and its context is alive.
        unsafe {
            let co = Coroutine::from_raw(raw);
            co.unclaim(CLAIM, "qemu_co_sleep_wake");
            schedule::wake(co);
        }
    }

    /// Sleeps until [`Self::wake`], or until `nanoseconds` of `clock` have passed.
    pub(crate) fn sleep_for(&self, clock: QEMUClockTypeValue, nanoseconds: i64) {
        let ctx = current_context();
        let group = if ctx.is_null() {
            main_loop::timer_group()
        } else {
            // SAFETY: the current context is alive.
            unsafe { Context::from_raw(ctx) }.timer_group()
        };
        let setup = TimerSetup {
            group,
            clock,
            scale: 1,
            attributes: 0,
            callback: Some(end_sleep),
            opaque: ptr::from_ref(self).cast_mut().cast(),
        };
        let mut memory = MaybeUninit::uninit();
        // SAFETY: the timer is on this stack, and disarmed before it is gone; its
        // context outlives the coroutines that wait in it.
        unsafe {
            setup.initialise(memory.as_mut_ptr());
            let alarm = memory.assume_init_ref();
            // First of all: the main loop's thread may be faster than this one.
            self.begin();
            timer::arm(alarm, timer::now(clock).saturating_add(nanoseconds), false);
            self.wait();
            timer::disarm(alarm);
        }
    }

    fn shared(&self) -> &AtomicPtr<super::RawCoroutine> {
        // SAFETY: aligned, and changed atomically only.
        unsafe { AtomicPtr::from_ptr(self.to_wake.as_ptr()) }
    }
}

/// Sleeps until `nanoseconds` of `clock` have passed.
pub(crate) fn sleep(clock: QEMUClockTypeValue, nanoseconds: i64) {
    QemuCoSleep::new().sleep_for(clock, nanoseconds);
}

unsafe extern "C" fn end_sleep(opaque: *mut c_void) {
    // SAFETY: `sleep_for` passes itself and disarms the timer before it returns.
    unsafe { &*opaque.cast::<QemuCoSleep>() }.wake();
}
