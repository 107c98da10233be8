//! What a listener has besides its public struct.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use glib_sys::{GDestroyNotify, GMainContext, g_main_context_ref, g_main_context_unref, gpointer};

/// The lock of a listener.
#[derive(Default)]
pub(super) struct Shared(Mutex<Guarded>);

impl Shared {
    /// Takes the lock. It protects the listener's public fields, too.
    pub(super) fn lock(&self) -> MutexGuard<'_, Guarded> {
        // A panic aborts, so nothing is ever half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the lock protects besides the public fields.
#[derive(Default)]
pub(super) struct Guarded {
    /// The context that the watches run in.
    pub(super) context: Context,
    /// Counts the registrations.
    generation: u64,
    /// The calls of client functions that have not returned.
    calls: Vec<Call>,
    /// Data of earlier registrations that such a call may still use.
    deferred: Vec<(u64, Notify)>,
}

#[derive(PartialEq)]
struct Call {
    generation: u64,
    thread: ThreadId,
}

impl Guarded {
    /// Notes that the client function is about to be called. The result is for
    /// [`Self::call_ended`].
    pub(super) fn call_begins(&mut self) -> u64 {
        self.calls.push(Call { generation: self.generation, thread: thread::current().id() });
        self.generation
    }

    /// Notes that a call has returned. Returns what is to be released now.
    pub(super) fn call_ended(&mut self, generation: u64) -> Option<Notify> {
        let call = Call { generation, thread: thread::current().id() };
        if let Some(index) = self.calls.iter().rposition(|other| *other == call) {
            self.calls.swap_remove(index);
        }
        if self.calls.iter().any(|call| call.generation == generation) {
            return None;
        }
        let index = self.deferred.iter().position(|(other, _)| *other == generation)?;
        Some(self.deferred.swap_remove(index).1)
    }

    /// Notes that the registration was replaced. Returns what is to be released now:
    /// nothing while another thread is still in the old function. A call further up in
    /// this thread knows what it has done.
    pub(super) fn replaced(&mut self, old: Notify) -> Option<Notify> {
        let generation = self.generation;
        self.generation += 1;
        let own = thread::current().id();
        let busy = |call: &Call| call.generation == generation && call.thread != own;
        if self.calls.iter().any(busy) {
            self.deferred.push((generation, old));
            return None;
        }
        Some(old)
    }
}

/// A function that releases the data of a registration.
pub(super) struct Notify {
    pub(super) function: GDestroyNotify,
    pub(super) data: gpointer,
}

// SAFETY: the caller of the API lets the data be released in any thread.
unsafe impl Send for Notify {}

impl Notify {
    /// Releases the data. Call it without the lock.
    pub(super) fn call(self) {
        if let Some(function) = self.function {
            // SAFETY: whoever registered the data gave this function for it, and it
            // is called once.
            unsafe { function(self.data) };
        }
    }
}

/// A reference to a main context; NULL is the global default one.
pub(super) struct Context(*mut GMainContext);

// SAFETY: main contexts may be used by any thread.
unsafe impl Send for Context {}

impl Default for Context {
    fn default() -> Self {
        Self(std::ptr::null_mut())
    }
}

impl Context {
    /// A new reference.
    ///
    /// # Safety
    ///
    /// `context` is NULL or alive.
    pub(super) unsafe fn new(context: *mut GMainContext) -> Self {
        if !context.is_null() {
            // SAFETY: passed on to the caller.
            unsafe { g_main_context_ref(context) };
        }
        Self(context)
    }

    /// The context.
    pub(super) fn as_ptr(&self) -> *mut GMainContext {
        self.0
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: this value's own reference.
            unsafe { g_main_context_unref(self.0) };
        }
    }
}
