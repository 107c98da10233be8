//! What a listener has besides its public struct.

use std::sync::{Mutex, MutexGuard, PoisonError};

use glib_sys::{GDestroyNotify, GMainContext, g_main_context_ref, g_main_context_unref, gpointer};

use super::calls::Calls;

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
    /// The calls of client functions that have not returned.
    pub(super) calls: Calls<Notify>,
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
