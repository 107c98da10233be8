//! A stack, and the switch to and from it.
//!
//! The code on the stack is a loop: it runs the entry of its coroutine, says that
//! it has ended, and waits to be resumed for the next coroutine that the stack is
//! used for. So a recycled stack costs one switch, and no set-up.

use std::cell::Cell;
use std::convert::Infallible;
use std::ptr::{self, NonNull};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine as Switch, CoroutineResult, Yielder};

use super::Coroutine;
use super::sanitizer::Timeline;

/// Usable bytes of a stack. C callers put large buffers on it.
const STACK_SIZE: usize = 1 << 20;

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
    switch: Switch<(), Step, Infallible, DefaultStack>,
    /// The way back; known once the stack was first switched to.
    way_back: Cell<*const Yielder<(), Step>>,
    timeline: Timeline,
}

impl Fiber {
    /// A fresh stack, with a guard page below it, that runs the entries of
    /// `coroutine`. Aborts if there is no memory.
    pub(super) fn new(coroutine: NonNull<Coroutine>) -> Self {
        let stack = DefaultStack::new(STACK_SIZE).unwrap_or_else(|error| {
            fatal!("qemu_coroutine_create: out of memory for a stack: {error}")
        });
        let switch =
            Switch::with_stack(stack, move |way_back, ()| run_entries(coroutine, way_back));
        Self { switch, way_back: Cell::new(ptr::null()), timeline: Timeline::new() }
    }

    /// Switches to the stack; returns when it switches back.
    #[inline]
    pub(super) fn resume(&mut self) -> Step {
        let _entered = self.timeline.enter();
        match self.switch.resume(()) {
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
        unsafe { self.switch.force_reset() };
    }
}

/// What runs on every stack.
fn run_entries(coroutine: NonNull<Coroutine>, way_back: &Yielder<(), Step>) -> Infallible {
    loop {
        // SAFETY: the stack was resumed for a coroutine that is alive until it has
        // said that it ended; its fiber is this one.
        let (entry, opaque) = unsafe {
            let co = coroutine.as_ref();
            if let Some(fiber) = (*co.fiber.get()).as_ref() {
                fiber.way_back.set(way_back);
            }
            (co.entry.get(), co.opaque.get())
        };
        if let Some(entry) = entry {
            // SAFETY: `create` was given the function and its argument.
            unsafe { entry(opaque) };
        }
        way_back.suspend(Step::Ended);
    }
}
