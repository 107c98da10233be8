//! What is needed by failures and handshakes only.

use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use glib_sys::{GSource, g_source_destroy, g_source_ref, g_source_unref};

use crate::abi::io::channel_tls::QIOChannelTLS;
use crate::channel::private;
use crate::error::Error;

/// The private state of a channel.
#[derive(Default)]
struct Cold {
    /// Why the master failed to read and to write, until somebody reports it.
    failures: Mutex<[Option<Error>; 2]>,
    /// What operations wait for.
    waiting: Mutex<[Option<Source>; 2]>,
}

/// An operation that may have to wait for the master.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    /// Starting the session.
    Handshake = 0,
    /// Ending it.
    #[cfg(all(feature = "runtime", feature = "backports"))]
    Bye = 1,
}

/// A direction of the master.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    /// From the peer.
    Read = 0,
    /// To the peer.
    Write = 1,
}

/// A reference to a source.
struct Source(NonNull<GSource>);

// SAFETY: GSources may be used by any thread.
unsafe impl Send for Source {}

impl Source {
    /// Removes the source from its context.
    fn destroy(&self) {
        // SAFETY: this value owns a reference.
        unsafe { g_source_destroy(self.0.as_ptr()) };
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: this value owns a reference.
        unsafe { g_source_unref(self.0.as_ptr()) };
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps why the master failed, in place of an older failure.
#[cold]
pub(super) fn keep_failure(channel: &QIOChannelTLS, direction: Direction, error: Error) {
    let cold = private::of::<Cold>(channel);
    let old = lock(&cold.failures)[direction as usize].replace(error);
    drop(old);
}

/// Takes out why the master failed, if it did.
#[cold]
pub(super) fn take_failure(channel: &QIOChannelTLS, direction: Direction) -> Option<Error> {
    lock(&private::of::<Cold>(channel).failures)[direction as usize].take()
}

/// Remembers the source that an operation waits for.
///
/// # Safety
///
/// `source` is alive.
pub(super) unsafe fn set_waiting(
    channel: &QIOChannelTLS,
    operation: Operation,
    source: *mut GSource,
) {
    // SAFETY: passed on to the caller.
    let source = unsafe { Source(NonNull::new_unchecked(g_source_ref(source))) };
    let old = lock(&private::of::<Cold>(channel).waiting)[operation as usize].replace(source);
    drop(old);
}

/// Forgets that source, which has fired.
pub(super) fn clear_waiting(channel: &QIOChannelTLS, operation: Operation) {
    let old = lock(&private::of::<Cold>(channel).waiting)[operation as usize].take();
    drop(old);
}

/// Ends the operations that wait; a handshake's task is dropped.
pub(super) fn cancel_waiting(channel: &QIOChannelTLS) {
    let waiting = std::mem::take(&mut *lock(&private::of::<Cold>(channel).waiting));
    waiting.iter().flatten().for_each(Source::destroy);
}

/// Empties the state of a channel that goes away.
pub(super) fn forget(channel: &QIOChannelTLS) {
    cancel_waiting(channel);
    private::remove::<Cold>(channel);
}
