//! The watches of a listener's sockets.

use std::ptr::null_mut;

use glib_sys::{
    G_IO_IN, GFALSE, GIOCondition, GTRUE, g_main_current_source, g_source_destroy, g_source_unref,
    gboolean, gpointer,
};

use super::state::Guarded;
use crate::abi::io::channel::QIOChannel;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::net_listener::QIONetListener;
use crate::channel::dispatch::Channel;
use crate::channel::socket;
use crate::host::object;

impl QIONetListener {
    /// Watches every open socket that is not watched, if there is a function for
    /// clients.
    pub(super) fn watch_all(&self, lock: &Guarded) {
        if self.io_func.get().is_none() {
            return;
        }
        for index in 0..self.nsioc.get() {
            // SAFETY: the lock is held, so the arrays have so many elements.
            unsafe {
                let slot = self.slot(index);
                let channel = self.channel(index).as_ref();
                if (*slot).is_null() && channel.fd.get() != -1 {
                    *slot = self.watch(channel, lock);
                }
            }
        }
    }

    /// A new watch, which owns a reference to the listener.
    fn watch(&self, channel: &QIOChannelSocket, lock: &Guarded) -> *mut glib_sys::GSource {
        let listener = std::ptr::from_ref(self).cast_mut().cast();
        let watch = Channel::of(channel).create_watch(G_IO_IN);
        // SAFETY: the listener is alive, and the watch gives the reference back. The
        // state keeps the context alive.
        unsafe {
            object::retain(listener);
            watch.attach(Some(on_client), listener, Some(release), lock.context.as_ptr());
        }
        watch.into_raw()
    }

    /// Ends all watches.
    pub(super) fn unwatch_all(&self, _lock: &Guarded) {
        for index in 0..self.nsioc.get() {
            // SAFETY: the lock is held; a source in a slot is the listener's reference.
            unsafe {
                let source = self.slot(index).replace(null_mut());
                if !source.is_null() {
                    g_source_destroy(source);
                    g_source_unref(source);
                }
            }
        }
    }

    /// Whether the source that runs in this thread is one of the watches.
    fn is_watched_by_current_source(&self, _lock: &Guarded) -> bool {
        // SAFETY: may be called anywhere; only compared.
        let current = unsafe { g_main_current_source() };
        // SAFETY: the lock is held, so the array has so many elements.
        (0..self.nsioc.get()).any(|index| unsafe { *self.slot(index) } == current)
    }
}

unsafe extern "C" fn release(listener: gpointer) {
    // SAFETY: the reference that `watch` took.
    unsafe { object::release(listener) };
}

unsafe extern "C" fn on_client(
    channel: *mut QIOChannel,
    _condition: GIOCondition,
    listener: gpointer,
) -> gboolean {
    // SAFETY: the watch keeps both alive while it is dispatched: GLib holds its data,
    // and so the listener's reference, until this returns.
    let (channel, listener) =
        unsafe { (&*channel.cast::<QIOChannelSocket>(), &*listener.cast::<QIONetListener>()) };
    let shared = listener.shared();
    if !listener.is_watched_by_current_source(&shared.lock()) {
        // Ended while it was on its way: the client belongs to whoever is next.
        return GFALSE;
    }
    let Ok(client) = socket::accept(channel) else {
        return GTRUE;
    };
    let mut guard = shared.lock();
    let registration = listener.registration();
    let Some(function) = registration.function else {
        return GTRUE;
    };
    let call = guard.calls.begin();
    drop(guard);
    // SAFETY: the function and its data were registered together, and the data is not
    // released while the call is on.
    unsafe {
        function(std::ptr::from_ref(listener).cast_mut(), client.as_ptr(), registration.data)
    };
    let due = shared.lock().calls.end(call);
    drop(client);
    if let Some(notify) = due {
        notify.call();
    }
    GTRUE
}
