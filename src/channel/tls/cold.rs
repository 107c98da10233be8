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
    /// What a handshake waits for.
    handshake: Mutex<Option<Source>>,
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

/// Remembers the source that a handshake waits for.
///
/// # Safety
///
/// `source` is alive.
pub(super) unsafe fn set_handshake(channel: &QIOChannelTLS, source: *mut GSource) {
    // SAFETY: passed on to the caller.
    let source = unsafe { Source(NonNull::new_unchecked(g_source_ref(source))) };
    let old = lock(&private::of::<Cold>(channel).handshake).replace(source);
    drop(old);
}

/// Forgets that source, which has fired.
pub(super) fn clear_handshake(channel: &QIOChannelTLS) {
    let old = lock(&private::of::<Cold>(channel).handshake).take();
    drop(old);
}

/// Ends a handshake that waits; its task is dropped.
pub(super) fn cancel_handshake(channel: &QIOChannelTLS) {
    let waiting = lock(&private::of::<Cold>(channel).handshake).take();
    if let Some(source) = waiting {
        source.destroy();
    }
}

/// Empties the state of a channel that goes away.
pub(super) fn forget(channel: &QIOChannelTLS) {
    cancel_handshake(channel);
    private::remove::<Cold>(channel);
}
