//! A mutex that suspends the coroutine that has to wait.
//!
//! `locked` counts the holder and those who wait. A waiter counts itself first and
//! lists itself afterwards, so an unlocker may know that somebody waits and find
//! nobody in the list. Then it hands the duty of waking over: it writes a number
//! to `handoff` and looks at the list again; a waiter that has listed itself looks
//! at `handoff`. With a full barrier between write and look on both sides at least
//! one of them sees the other, and who takes the number out of `handoff` has the
//! duty.
//!
//! Listing is a push on `from_push`, by any thread. Only who has the duty pops, and
//! it pops from `to_pop`, which it refills with the reversed `from_push`.

use std::cell::Cell;
use std::ffi::c_void;
use std::hint::spin_loop;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering, fence};

use super::{Coroutine, current, suspend};
use crate::abi::qemu::coroutine::CoMutex;
use crate::abi::qemu::typedefs::AioContext;
use crate::runtime::aio::{current_context, schedule};

/// How often a locker looks again before it waits, if the holder runs in another
/// context and so probably at the same time.
const SPINS: u32 = 1000;

/// One who waits; on its own stack.
struct Waiter {
    co: *const Coroutine,
    next: Cell<*mut c_void>,
}

impl CoMutex {
    /// An unlocked mutex.
    pub(crate) const fn new() -> Self {
        Self {
            locked: AtomicU32::new(0),
            ctx: Cell::new(ptr::null_mut()),
            from_push: Cell::new(ptr::null_mut()),
            to_pop: Cell::new(ptr::null_mut()),
            handoff: AtomicU32::new(0),
            sequence: Cell::new(0),
            holder: Cell::new(ptr::null_mut()),
        }
    }

    /// Waits for the mutex and takes it. Outside a coroutine it must be free.
    pub(crate) fn lock(&self) {
        let ctx = current_context();
        let own = current();
        if self.take_or_count(ctx) {
            self.shared_ctx().store(ctx, Ordering::Relaxed);
        } else {
            self.wait(ctx, own);
        }
        self.holder.set(own.as_raw());
        own.lock_taken();
    }

    /// Takes a free mutex (true), or counts the caller among those who wait.
    fn take_or_count(&self, ctx: *mut AioContext) -> bool {
        let mut spins = 0;
        loop {
            match self.locked.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return true,
                // The holder cannot finish while this thread spins, or others are
                // first.
                Err(count) if count > 1 || spins >= SPINS || self.is_held_in(ctx) => break,
                Err(_) => {
                    spins += 1;
                    spin_loop();
                }
            }
        }
        self.locked.fetch_add(1, Ordering::Acquire) == 0
    }

    fn is_held_in(&self, ctx: *mut AioContext) -> bool {
        self.shared_ctx().load(Ordering::Relaxed) == ctx
    }

    /// Lists the caller, which was counted, and waits until it is given the mutex.
    fn wait(&self, ctx: *mut AioContext, own: &Coroutine) {
        let waiter = Waiter { co: own, next: Cell::new(ptr::null_mut()) };
        self.list(&waiter);
        fence(Ordering::SeqCst);
        let number = self.handoff.load(Ordering::Relaxed);
        if number != 0 && self.has_listed() && self.take_duty(number) {
            // SAFETY: this caller has the duty; one who is listed waits.
            if let Some(first) = unsafe { self.pop() } {
                if ptr::eq(first, own) {
                    self.shared_ctx().store(ctx, Ordering::Relaxed);
                    return;
                }
                self.give_to(first);
            }
        }
        suspend();
    }

    fn list(&self, waiter: &Waiter) {
        let raw: *mut c_void = ptr::from_ref(waiter).cast_mut().cast();
        let mut head = self.listed().load(Ordering::Relaxed);
        loop {
            waiter.next.set(head);
            match self.listed().compare_exchange_weak(
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

    fn has_listed(&self) -> bool {
        !self.to_pop_shared().load(Ordering::Relaxed).is_null()
            || !self.listed().load(Ordering::Relaxed).is_null()
    }

    fn take_duty(&self, number: u32) -> bool {
        self.handoff.compare_exchange(number, 0, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    }

    /// Takes the one who waits longest out of the list.
    ///
    /// # Safety
    ///
    /// The caller has the duty of waking.
    unsafe fn pop<'a>(&self) -> Option<&'a Coroutine> {
        if self.to_pop.get().is_null() {
            let mut newest_first = self.listed().swap(ptr::null_mut(), Ordering::Acquire);
            // SAFETY: who is listed waits, and so its stack is alive.
            while let Some(waiter) = unsafe { newest_first.cast::<Waiter>().as_ref() } {
                let older = waiter.next.replace(self.to_pop.get());
                self.to_pop_shared().store(newest_first, Ordering::Relaxed);
                newest_first = older;
            }
        }
        // SAFETY: as above.
        let waiter = unsafe { self.to_pop.get().cast::<Waiter>().as_ref() }?;
        self.to_pop_shared().store(waiter.next.get(), Ordering::Relaxed);
        // SAFETY: the coroutine waits, so it has not ended.
        Some(unsafe { &*waiter.co })
    }

    /// Hands the mutex to `co`, which waits for it.
    fn give_to(&self, co: &Coroutine) {
        // Read now: once woken it may run elsewhere.
        self.shared_ctx().store(co.context(), Ordering::Relaxed);
        // SAFETY: it waits, so it has not ended, and its context is alive.
        unsafe { schedule::wake(co) };
    }

    /// Gives the mutex to who waits longest, or frees it.
    pub(crate) fn unlock(&self) {
        let own = current();
        self.check_held_by(own);
        self.shared_ctx().store(ptr::null_mut(), Ordering::Relaxed);
        self.holder.set(ptr::null_mut());
        own.lock_released();
        if self.locked.fetch_sub(1, Ordering::SeqCst) == 1 {
            return;
        }
        loop {
            // SAFETY: the unlocker has the duty, first or by taking it back below.
            if let Some(first) = unsafe { self.pop() } {
                self.give_to(first);
                return;
            }
            // Somebody was counted and is not listed yet.
            let number = self.sequence.get().checked_add(1).unwrap_or(1);
            self.sequence.set(number);
            self.handoff.store(number, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            if !self.has_listed() || !self.take_duty(number) {
                return;
            }
        }
    }

    fn check_held_by(&self, own: &Coroutine) {
        let broken = if self.locked.load(Ordering::Relaxed) == 0 {
            "the mutex is not locked"
        } else if !own.is_entered() {
            "not called inside a coroutine"
        } else if self.holder.get() != own.as_raw() {
            "the mutex is held by another coroutine"
        } else {
            return;
        };
        fatal!("qemu_co_mutex_unlock: {broken}");
    }

    fn shared_ctx(&self) -> &AtomicPtr<AioContext> {
        // SAFETY: aligned, and accessed atomically only.
        unsafe { AtomicPtr::from_ptr(self.ctx.as_ptr()) }
    }

    fn listed(&self) -> &AtomicPtr<c_void> {
        // SAFETY: as above.
        unsafe { AtomicPtr::from_ptr(self.from_push.as_ptr()) }
    }

    /// Written by who has the duty only, who may also read it plainly.
    fn to_pop_shared(&self) -> &AtomicPtr<c_void> {
        // SAFETY: aligned; others read it atomically.
        unsafe { AtomicPtr::from_ptr(self.to_pop.as_ptr()) }
    }
}
