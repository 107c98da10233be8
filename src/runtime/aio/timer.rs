//! Timers: functions to be called at a time of a clock, by the home thread of a
//! context.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Context;
use crate::abi::qemu::timer::{QEMUClockType, QEMUTimer, QEMUTimerListGroup};
use crate::abi::values::{QEMUClockTypeValue, QEMUTimerCBPointer};

/// Number of clocks.
const CLOCKS: usize = QEMUClockType::QEMU_CLOCK_MAX as usize;

/// Deadline of a list without timers.
const NEVER: i64 = i64::MAX;

/// `expire_time` of a timer that is not armed.
const IDLE: i64 = -1;

/// The current time of a clock, in nanoseconds.
pub(crate) fn now(clock: QEMUClockTypeValue) -> i64 {
    let id = match clock {
        0 | 1 | 3 => libc::CLOCK_MONOTONIC,
        2 => libc::CLOCK_REALTIME,
        _ => fatal!("qemu_clock_get_ns: there is no clock {clock}"),
    };
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable; both clocks exist on every Linux.
    unsafe { libc::clock_gettime(id, &raw mut time) };
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

/// A timer in the order in which timers fire: by deadline, then by age.
type Key = (i64, u64);

/// The timers of one clock in one context.
struct TimerList {
    ctx: *const Context,
    clock: QEMUClockTypeValue,
    /// The nearest deadline, to be read without the lock.
    nearest: AtomicI64,
    next_order: AtomicU64,
    armed: Mutex<BTreeMap<Key, *const QEMUTimer>>,
}

/// The timer lists of one context.
pub(super) struct Timers {
    group: QEMUTimerListGroup,
}

impl Timers {
    /// No timers, no lists.
    pub(super) const fn new() -> Self {
        Self { group: QEMUTimerListGroup { tl: [ptr::null_mut(); CLOCKS] } }
    }

    /// Makes the lists, once the context has its address.
    pub(super) fn set_up(&mut self, ctx: *const Context) {
        for (clock, list) in (0..).zip(&mut self.group.tl) {
            *list = Box::into_raw(Box::new(TimerList {
                ctx,
                clock,
                nearest: AtomicI64::new(NEVER),
                next_order: AtomicU64::new(0),
                armed: Mutex::new(BTreeMap::new()),
            }))
            .cast();
        }
    }

    /// The group as C knows it.
    pub(super) fn group(&self) -> *const QEMUTimerListGroup {
        &raw const self.group
    }

    fn lists(&self) -> impl Iterator<Item = &TimerList> {
        // SAFETY: `set_up` made the lists, and they live as long as the context.
        self.group.tl.iter().filter_map(|list| unsafe { list.cast::<TimerList>().as_ref() })
    }

    /// Nanoseconds until the next timer is due; negative: there is none.
    pub(super) fn timeout(&self) -> i64 {
        let remaining = self.lists().filter_map(|list| {
            let nearest = list.nearest.load(Ordering::Acquire);
            (nearest != NEVER).then(|| nearest.saturating_sub(now(list.clock)).max(0))
        });
        remaining.min().unwrap_or(-1)
    }

    /// Calls the timers that are due. True if there was one.
    pub(super) fn run(&self) -> bool {
        let mut progress = false;
        for list in self.lists() {
            progress |= list.run();
        }
        progress
    }

    /// Frees the lists; aborts if a timer is armed.
    pub(super) fn finish(&mut self) {
        for list in &mut self.group.tl {
            if list.is_null() {
                continue;
            }
            // SAFETY: made by `set_up`; nobody uses the context any more.
            let list =
                unsafe { Box::from_raw(ptr::replace(list, ptr::null_mut()).cast::<TimerList>()) };
            if list.nearest.load(Ordering::Acquire) != NEVER {
                fatal!("aio_context_unref: a timer is still armed");
            }
        }
    }
}

impl TimerList {
    /// The list of a timer.
    ///
    /// # Safety
    ///
    /// The timer was initialised, and its context is alive.
    unsafe fn of<'a>(timer: &QEMUTimer, function: &str) -> &'a Self {
        // SAFETY: passed on to the caller.
        match unsafe { timer.timer_list.get().cast::<Self>().as_ref() } {
            Some(list) => list,
            None => fatal!("{function}: the timer is not initialised"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, *const QEMUTimer>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the nearest deadline after a change.
    fn update(&self, armed: &BTreeMap<Key, *const QEMUTimer>) {
        let nearest = armed.first_key_value().map_or(NEVER, |(key, _)| key.0);
        self.nearest.store(nearest, Ordering::Release);
    }

    /// Arms the timer. True if its deadline is the nearest now.
    fn arm(
        &self,
        armed: &mut BTreeMap<Key, *const QEMUTimer>,
        timer: &QEMUTimer,
        deadline: i64,
    ) -> bool {
        self.disarm(armed, timer);
        let order = self.next_order.fetch_add(1, Ordering::Relaxed);
        let before = self.nearest.load(Ordering::Relaxed);
        timer.order.set(order);
        set_expire_time(timer, deadline);
        armed.insert((deadline, order), ptr::from_ref(timer));
        self.update(armed);
        deadline < before
    }

    fn disarm(&self, armed: &mut BTreeMap<Key, *const QEMUTimer>, timer: &QEMUTimer) {
        let deadline = expire_time(timer);
        if deadline != IDLE {
            armed.remove(&(deadline, timer.order.get()));
            set_expire_time(timer, IDLE);
            self.update(armed);
        }
    }

    fn run(&self) -> bool {
        if self.nearest.load(Ordering::Acquire) == NEVER {
            return false;
        }
        let time = now(self.clock);
        let mut progress = false;
        while let Some((callback, opaque)) = self.take_due(time) {
            progress = true;
            if let Some(callback) = callback {
                // SAFETY: whoever armed the timer vouches for the function and its
                // argument until the timer is disarmed.
                unsafe { callback(opaque) };
            }
        }
        progress
    }

    /// Disarms the first timer if it is due. The lock is not held while it runs.
    fn take_due(&self, time: i64) -> Option<(QEMUTimerCBPointer, *mut c_void)> {
        let mut armed = self.lock();
        let entry = armed.first_entry().filter(|entry| entry.key().0 <= time)?;
        // SAFETY: an armed timer is alive; its owner disarms it before freeing it.
        let timer = unsafe { &*entry.remove() };
        set_expire_time(timer, IDLE);
        self.update(&armed);
        Some((timer.cb.get(), timer.opaque.get()))
    }
}

/// The deadline, which other threads may change.
fn expire_time(timer: &QEMUTimer) -> i64 {
    // SAFETY: the field is aligned and changed atomically only, once initialised.
    unsafe { AtomicI64::from_ptr(timer.expire_time.as_ptr()) }.load(Ordering::Acquire)
}

fn set_expire_time(timer: &QEMUTimer, deadline: i64) {
    // SAFETY: as above.
    unsafe { AtomicI64::from_ptr(timer.expire_time.as_ptr()) }.store(deadline, Ordering::Release);
}

/// How a timer is to be set up.
pub(crate) struct TimerSetup {
    /// Where it belongs to.
    pub(crate) group: *const QEMUTimerListGroup,
    /// What its deadlines are measured against.
    pub(crate) clock: QEMUClockTypeValue,
    /// Nanoseconds in one unit.
    pub(crate) scale: c_int,
    /// Kept, without meaning here.
    pub(crate) attributes: c_int,
    /// Called when it fires.
    pub(crate) callback: QEMUTimerCBPointer,
    /// The argument.
    pub(crate) opaque: *mut c_void,
}

impl TimerSetup {
    /// Initialises a timer.
    ///
    /// # Safety
    ///
    /// `timer` is writable, and the group is that of a context that is alive while
    /// the timer is used.
    pub(crate) unsafe fn initialise(self, timer: *mut QEMUTimer) {
        if self.clock as usize >= CLOCKS {
            fatal!("timer_init_full: there is no clock {}", self.clock);
        }
        // SAFETY: passed on to the caller; the index was checked.
        unsafe {
            timer.write(QEMUTimer {
                expire_time: IDLE.into(),
                timer_list: (&(*self.group).tl)[self.clock as usize].into(),
                cb: self.callback.into(),
                opaque: self.opaque.into(),
                order: 0.into(),
                attributes: self.attributes.into(),
                scale: self.scale.into(),
            });
        }
    }
}

/// Arms `timer`, in nanoseconds of its clock; with `only_earlier` not if it is
/// armed for an earlier time already.
///
/// # Safety
///
/// The timer was initialised; it stays alive until it has fired or is disarmed.
pub(crate) unsafe fn arm(timer: &QEMUTimer, deadline: i64, only_earlier: bool) {
    let deadline = deadline.max(0);
    // SAFETY: passed on to the caller.
    let list = unsafe { TimerList::of(timer, "timer_mod") };
    let is_nearest = {
        let mut armed = list.lock();
        let current = expire_time(timer);
        if only_earlier && current != IDLE && current <= deadline {
            return;
        }
        list.arm(&mut armed, timer, deadline)
    };
    if is_nearest {
        // SAFETY: the context is alive, the caller says.
        unsafe { &*list.ctx }.wake();
    }
}

/// Disarms `timer`.
///
/// # Safety
///
/// The timer was initialised.
pub(crate) unsafe fn disarm(timer: &QEMUTimer) {
    if timer.timer_list.get().is_null() {
        return;
    }
    // SAFETY: passed on to the caller.
    let list = unsafe { TimerList::of(timer, "timer_del") };
    list.disarm(&mut list.lock(), timer);
}

/// Ends the use of `timer`, which must be idle.
pub(crate) fn deinitialise(timer: &QEMUTimer) {
    if is_armed(timer) {
        fatal!("timer_deinit: the timer is still armed");
    }
    timer.timer_list.set(ptr::null_mut());
}

/// Whether the timer is going to fire.
pub(crate) fn is_armed(timer: &QEMUTimer) -> bool {
    expire_time(timer) != IDLE
}

/// When the timer fires, in nanoseconds; -1 if it is idle.
pub(crate) fn deadline(timer: &QEMUTimer) -> i64 {
    expire_time(timer)
}
