//! What a coroutine wants to have entered.

use std::cell::Cell;
use std::ptr;

use super::Coroutine;

/// Coroutines to be entered, first in, first out, linked through `next`.
pub(super) struct WakeQueue {
    first: Cell<*mut Coroutine>,
    last: Cell<*mut Coroutine>,
}

impl WakeQueue {
    pub(super) const fn new() -> Self {
        Self { first: Cell::new(ptr::null_mut()), last: Cell::new(ptr::null_mut()) }
    }

    pub(super) fn push(&self, co: &Coroutine) {
        let raw = ptr::from_ref(co).cast_mut();
        co.next.set(ptr::null_mut());
        // SAFETY: a coroutine in a queue is alive: it can end only after the
        // enterer has taken it out.
        match unsafe { self.last.replace(raw).as_ref() } {
            Some(last) => last.next.set(raw),
            None => self.first.set(raw),
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.first.get().is_null()
    }

    /// Takes all of it, to be followed by `rest`. Returns the new first one.
    #[cold]
    #[inline(never)]
    pub(super) fn take_before(&self, rest: *mut Coroutine) -> *mut Coroutine {
        // SAFETY: as in `push`; a queue with a first one has a last one.
        unsafe { &*self.last.replace(ptr::null_mut()) }.next.set(rest);
        self.first.replace(ptr::null_mut())
    }
}
