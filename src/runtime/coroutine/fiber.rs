//! A stack, and the switch to and from it.
//!
//! The code on the stack is a loop: it runs the entry of its coroutine, says that
//! it has ended, and waits to be resumed for the next coroutine that the stack is
//! used for. So a recycled stack costs one switch, and no set-up.

use std::cell::{Cell, UnsafeCell};
use std::convert::Infallible;
use std::ptr::{self, NonNull};

use corosensei::{Coroutine as Switch, CoroutineResult, Yielder};

use super::Coroutine;
use super::sanitizer::Timeline;
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
    /// In the hands of who resumes the stack, while it runs too.
    switch: UnsafeCell<Switch<(), Step, Infallible, Memory>>,
    /// The way back; known once the stack was first switched to.
    way_back: Cell<*const WayBack>,
    timeline: Timeline,
}

type WayBack = Yielder<(), Step>;

impl Fiber {
    /// Uses the stack in `memory` for the entries of the coroutine that is there too.
    pub(super) fn new(memory: Memory) -> Self {
        let coroutine = memory.coroutine();
        let switch =
            Switch::with_stack(memory, move |way_back, ()| run_entries(coroutine, way_back));
        Self {
            switch: UnsafeCell::new(switch),
            way_back: Cell::new(ptr::null()),
            timeline: Timeline::new(),
        }
    }

    /// Switches to the stack; returns when it switches back.
    ///
    /// # Safety
    ///
    /// Nobody runs on the stack, or switches to it meanwhile.
    #[inline]
    pub(super) unsafe fn resume(&self) -> Step {
        let _entered = self.timeline.enter();
        // SAFETY: passed on to the caller; nothing else looks at the switch.
        match unsafe { &mut *self.switch.get() }.resume(()) {
            CoroutineResult::Yield(step) => step,
            CoroutineResult::Return(never) => match never {},
        }
    }

    /// Switches back; returns when the stack is resumed.
    ///
    /// # Safety
    ///
    /// The caller runs on this stack.
    #[inline]
    pub(super) unsafe fn suspend(&self) {
        // SAFETY: the caller runs on the stack, so `run_entries` has set the way
        // back, which stays good as long as the stack.
        unsafe { &*self.way_back.get() }.suspend(Step::Yielded);
    }

    /// Unmaps the stack. No entry may be in progress on it.
    pub(super) fn discard(mut self) {
        // SAFETY: the loop below holds nothing that needs to be dropped.
        unsafe { self.switch.get_mut().force_reset() };
    }
}

/// What runs on every stack.
fn run_entries(coroutine: NonNull<Coroutine>, way_back: &WayBack) -> Infallible {
    // SAFETY: the stack was resumed for the coroutine, which is as alive as the stack.
    let co = unsafe { coroutine.as_ref() };
    // SAFETY: this is its stack.
    unsafe { co.fiber() }.way_back.set(way_back);
    loop {
        // SAFETY: `create` has made sure that there is a function; this is its argument.
        unsafe { co.entry.get().unwrap_unchecked()(co.opaque.get()) };
        way_back.suspend(Step::Ended);
    }
}
