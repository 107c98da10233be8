//! Bottom halves: functions to be called soon, by the home thread of a context.
//!
//! Scheduling one sets a flag and, unless it is there already, pushes it on a
//! list; nothing is locked or allocated. A poll takes the whole list at once and
//! runs it from the newest to the oldest.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use super::Context;
use crate::abi::values::QEMUBHFuncPointer;

/// It is in the list of its context.
const PENDING: u32 = 1;
/// It is to be called.
const SCHEDULED: u32 = 2;
/// It is to be freed.
const DELETED: u32 = 4;
/// It is freed after it was called.
const ONE_SHOT: u32 = 8;
/// It need not be called at once, and does not count as progress.
const IDLE: u32 = 16;

/// How long an idle one waits at most, in nanoseconds.
const IDLE_INTERVAL: i64 = 10_000_000;

/// A function to be called soon.
pub(crate) struct BottomHalf {
    ctx: NonNull<Context>,
    name: *const c_char,
    callback: QEMUBHFuncPointer,
    opaque: *mut c_void,
    next: Cell<*mut BottomHalf>,
    flags: AtomicU32,
}

/// What a bottom half does.
#[derive(Clone, Copy)]
pub(crate) struct Task {
    /// Called with `opaque`.
    pub(crate) callback: QEMUBHFuncPointer,
    /// The argument.
    pub(crate) opaque: *mut c_void,
    /// What messages call it; NULL or a string that outlives it.
    pub(crate) name: *const c_char,
}

impl BottomHalf {
    fn with_flags(ctx: &Context, task: Task, flags: u32) -> NonNull<Self> {
        NonNull::from(Box::leak(Box::new(Self {
            ctx: NonNull::from(ctx),
            name: task.name,
            callback: task.callback,
            opaque: task.opaque,
            next: Cell::new(ptr::null_mut()),
            flags: AtomicU32::new(flags),
        })))
    }

    /// A new one, not scheduled. It lives until a poll after [`Self::delete`].
    pub(crate) fn new(ctx: &Context, task: Task) -> NonNull<Self> {
        Self::with_flags(ctx, task, 0)
    }

    /// Has `task` done once.
    pub(crate) fn schedule_once(ctx: &Context, task: Task) {
        let once = Self::with_flags(ctx, task, 0);
        // SAFETY: it lives until a poll has called it.
        unsafe { once.as_ref() }.enqueue(SCHEDULED | ONE_SHOT);
    }

    /// Has it called by the next poll.
    #[inline]
    pub(crate) fn schedule(&self) {
        self.enqueue(SCHEDULED);
    }

    /// Has it called in a while.
    pub(crate) fn schedule_idle(&self) {
        self.enqueue(SCHEDULED | IDLE);
    }

    /// Has it not called.
    pub(crate) fn cancel(&self) {
        self.flags.fetch_and(!SCHEDULED, Ordering::AcqRel);
    }

    /// Has it freed by a later poll and not called any more.
    pub(crate) fn delete(&self) {
        self.enqueue(DELETED);
    }

    /// Calls it.
    pub(crate) fn call(&self) {
        if let Some(callback) = self.callback {
            // SAFETY: whoever made the bottom half vouches for the function and
            // its argument until it is deleted or cancelled.
            unsafe { callback(self.opaque) };
        }
    }

    #[inline]
    fn enqueue(&self, flags: u32) {
        // SAFETY: the context outlives its bottom halves, the caller says.
        let ctx = unsafe { self.ctx.as_ref() };
        // The release makes what the caller wrote visible to the callback.
        let before = self.flags.fetch_or(PENDING | flags, Ordering::AcqRel);
        if before & PENDING == 0 {
            ctx.bottom_halves.push(self);
        }
        ctx.wake();
    }

    fn name(&self) -> String {
        if self.name.is_null() {
            return "unnamed".to_owned();
        }
        // SAFETY: not NULL, so a C string that outlives the bottom half.
        unsafe { CStr::from_ptr(self.name) }.to_string_lossy().into_owned()
    }
}

/// The bottom halves of one context.
pub(super) struct Queue {
    /// Pushed by any thread, newest first.
    incoming: AtomicPtr<BottomHalf>,
    /// Taken by the home thread and not run yet, by a poll or by one around it.
    taken_first: Cell<*mut BottomHalf>,
    taken_last: Cell<*mut BottomHalf>,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self {
            incoming: AtomicPtr::new(ptr::null_mut()),
            taken_first: Cell::new(ptr::null_mut()),
            taken_last: Cell::new(ptr::null_mut()),
        }
    }

    fn push(&self, bh: &BottomHalf) {
        let raw = ptr::from_ref(bh).cast_mut();
        let mut head = self.incoming.load(Ordering::Relaxed);
        loop {
            bh.next.set(head);
            match self.incoming.compare_exchange_weak(
                head,
                raw,
                Ordering::Release,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(other) => head = other,
            }
        }
    }

    /// Moves what was pushed behind what a poll around this one has left over.
    fn take(&self) {
        let first = self.incoming.swap(ptr::null_mut(), Ordering::Acquire);
        let mut last = first;
        // SAFETY: only the home thread, which this is, frees bottom halves.
        while let Some(bh) = unsafe { last.as_ref() } {
            if bh.next.get().is_null() {
                break;
            }
            last = bh.next.get();
        }
        if first.is_null() {
            return;
        }
        // SAFETY: as above.
        match unsafe { self.taken_last.replace(last).as_ref() } {
            Some(before) => before.next.set(first),
            None => self.taken_first.set(first),
        }
    }

    fn pop(&self) -> Option<NonNull<BottomHalf>> {
        let first = NonNull::new(self.taken_first.get())?;
        // SAFETY: as above.
        let next = unsafe { first.as_ref() }.next.get();
        self.taken_first.set(next);
        if next.is_null() {
            self.taken_last.set(ptr::null_mut());
        }
        Some(first)
    }

    /// Runs what is scheduled. True if one of them counts as progress.
    pub(super) fn run(&self) -> bool {
        let mut progress = false;
        if !self.incoming.load(Ordering::Relaxed).is_null() {
            self.take();
        }
        while let Some(bh) = self.pop() {
            // SAFETY: as above; it is freed here or by a later poll. The callback
            // may delete it, which puts it in the list again.
            let half = unsafe { bh.as_ref() };
            let flags = half.flags.fetch_and(!(PENDING | SCHEDULED | IDLE), Ordering::AcqRel);
            if flags & (SCHEDULED | DELETED) == SCHEDULED {
                progress |= flags & IDLE == 0;
                half.call();
            }
            if flags & (DELETED | ONE_SHOT) != 0 {
                // SAFETY: made by `with_flags`; a deleted one is not used any more,
                // and nobody else knows a one-shot one.
                drop(unsafe { Box::from_raw(bh.as_ptr()) });
            }
        }
        progress
    }

    /// How long a poll may sleep, in nanoseconds; negative: for ever.
    pub(super) fn timeout(&self) -> i64 {
        let mut timeout = -1;
        for mut next in [self.incoming.load(Ordering::Acquire), self.taken_first.get()] {
            // SAFETY: as above.
            while let Some(bh) = unsafe { next.as_ref() } {
                let flags = bh.flags.load(Ordering::Acquire);
                if flags & (SCHEDULED | DELETED) == SCHEDULED {
                    if flags & IDLE == 0 {
                        return 0;
                    }
                    timeout = IDLE_INTERVAL;
                }
                next = bh.next.get();
            }
        }
        timeout
    }

    /// Whether a poll would call any.
    pub(super) fn has_work(&self) -> bool {
        self.timeout() >= 0
    }

    /// Frees those that were deleted; aborts if another one is still to be called.
    pub(super) fn finish(&self) {
        self.take();
        while let Some(bh) = self.pop() {
            // SAFETY: nobody uses the context any more.
            let half = unsafe { bh.as_ref() };
            if half.flags.load(Ordering::Acquire) & DELETED == 0 {
                fatal!("aio_context_unref: the bottom half '{}' was not deleted", half.name());
            }
            // SAFETY: as in `run`.
            drop(unsafe { Box::from_raw(bh.as_ptr()) });
        }
    }
}
