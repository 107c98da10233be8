//! Telling what came of a handshake.

use std::mem;

use glib_sys::{G_PRIORITY_DEFAULT, G_SOURCE_REMOVE, g_idle_add_full, gboolean, gpointer};

use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::abi::io::task::{QIOTask, QIOTaskFunc};
use crate::error::Error;
use crate::task::{Owned, Task};

/// The user's function, to be called once, or dropped: then only the user's data is
/// released. Keeps the channel alive.
pub(super) struct Completion(*mut QIOTask);

impl Completion {
    /// A completion that calls `function`.
    pub(super) fn new(channel: &QIOChannelWebsock, function: QIOTaskFunc, opaque: Owned) -> Self {
        let source = std::ptr::from_ref(&channel.parent.parent).cast_mut();
        // SAFETY: the channel is alive.
        Self(unsafe { Task::create(source, function, opaque) })
    }

    /// Calls the user's function.
    pub(super) fn tell(self, result: Result<(), Error>) {
        let task = self.0;
        mem::forget(self);
        // SAFETY: the task is alive, this value was its only owner, and gives it up.
        unsafe {
            if let Err(error) = result {
                let error = error.into_object(c"qio_channel_websock_handshake");
                Task::from_raw(task).set_error(error);
            }
            Task::complete(task);
        }
    }

    /// Calls the user's function with an error, from the default main context.
    pub(super) fn fail_later(self, error: Error) {
        let failed = Box::into_raw(Box::new(Some((self, error))));
        // SAFETY: the source owns the box until it releases it.
        unsafe {
            g_idle_add_full(G_PRIORITY_DEFAULT, Some(tell_failed), failed.cast(), Some(release));
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        // SAFETY: the task is alive, and was not completed.
        unsafe { Task::release(self.0) };
    }
}

type Failed = Option<(Completion, Error)>;

unsafe extern "C" fn tell_failed(failed: gpointer) -> gboolean {
    // SAFETY: the source's data is the box it was made with.
    if let Some((completion, error)) = unsafe { &mut *failed.cast::<Failed>() }.take() {
        completion.tell(Err(error));
    }
    G_SOURCE_REMOVE
}

unsafe extern "C" fn release(failed: gpointer) {
    // SAFETY: the source owned the box.
    drop(unsafe { Box::from_raw(failed.cast::<Failed>()) });
}
