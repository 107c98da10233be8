//! A stack, and the switch to and from it.
//!
//! The code on the stack is a loop: it runs the entry of its coroutine, says that
//! it has ended, and waits to be resumed for the next coroutine that the stack is
//! used for. So a recycled stack costs one switch, and no set-up.

use std::cell::Cell;
use std::convert::Infallible;
use std::ptr::{self, NonNull};

use corosensei::{Coroutine as Switch, CoroutineResult, Yielder};

use super::Coroutine;
use super::stack::Memory;

/// Why a stack was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It wants to be resumed later.
    Yielded,
    /// The entry has returned.
    Ended,
}

/// A stack with code that is suspended on it, or running.
pub(super) struct Fiber {
    switch: Switch<Resumed, Step, Infallible, Memory>,
    /// The way back; known once the stack was first switched to.
    way_back: Cell<*const WayBack>,
}

/// What is switched to: always the coroutine that the stack belongs to. A register
/// brings it across, so that what follows need not wait for what the stack holds.
type Resumed = NonNull<Coroutine>;

type WayBack = Yielder<Resumed, Step>;

impl Fiber {
    /// Uses the stack in `memory` for the entries of its coroutine.
    pub(super) fn new(memory: Memory) -> Self {
        let switch = Switch::with_stack(memory, run_entries);
        Self { switch, way_back: Cell::new(ptr::null()) }
    }

    /// Switches to the stack, which belongs to `co`; returns when it switches back.
    #[inline]
    pub(super) fn resume(&mut self, co: &Coroutine) -> Step {
        match self.switch.resume(NonNull::from(co)) {
            CoroutineResult::Yield(step) => step,
            CoroutineResult::Return(never) => match never {},
        }
    }

    /// Switches back, because of `step`; returns when the stack is resumed.
    ///
    /// # Safety
    ///
    /// The caller runs on this stack.
    #[inline]
    pub(super) unsafe fn suspend(&self, step: Step) -> Resumed {
        // SAFETY: the caller runs on the stack, so `run_entries` has set the way
        // back, which stays good as long as the stack.
        unsafe { &*self.way_back.get() }.suspend(step)
    }

    /// Unmaps the stack. No entry may be in progress on it.
    pub(super) fn discard(mut self) {
        // SAFETY: the loop below holds nothing that needs to be dropped.
        unsafe { self.switch.force_reset() };
    }
}

/// What runs on every stack.
fn run_entries(way_back: &WayBack, mut resumed: Resumed) -> Infallible {
    // SAFETY: the stack was resumed for the coroutine that it belongs to.
    unsafe { resumed.as_ref().fiber() }.way_back.set(way_back);
    loop {
        // SAFETY: the coroutine is alive until it has said that it ended, and was
        // prepared again when it is resumed after that.
        let co = unsafe { resumed.as_ref() };
        if let Some(entry) = co.entry.get() {
            // SAFETY: `create` was given the function and its argument.
            unsafe { entry(co.opaque.get()) };
        }
        // SAFETY: this is the stack of the coroutine.
        resumed = unsafe { co.fiber().suspend(Step::Ended) };
    }
}
