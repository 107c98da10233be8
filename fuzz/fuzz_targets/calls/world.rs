//! The objects, and what may be done with them.

use std::cell::{Cell, RefCell};
use std::ffi::c_int;

use glib_sys::{GSource, g_main_context_iteration, g_source_destroy, g_source_unref, gpointer};
use qiochannel::abi::io::channel::{QIOChannel, QIOChannelShutdown};
use qiochannel::abi::io::net_listener::QIONetListener;
use qiochannel::capi::io::channel::qio_channel_shutdown;
use qiochannel::capi::io::net_listener::qio_net_listener_disconnect;
use qiochannel::capi::qom::object::object_unref;
use qiochannel_fuzz::census;
use qiochannel_fuzz::input::Input;
use qiochannel_fuzz::object::{call, references};

/// More than any chain of events that ends.
const ENOUGH: usize = 5000;

/// The most channels at a time.
const CHANNELS: usize = 16;

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    File,
    Socket,
    Websock,
    TlsServer,
    TlsClient,
}

/// A channel, and the references to it that the fuzzer has taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) channel: *mut QIOChannel,
    pub(crate) kind: Kind,
    pub(crate) references: u32,
    /// Another channel is above it, which alone uses it.
    pub(crate) is_covered: bool,
    /// It was closed or never connected: whoever waits for it waits for ever.
    pub(crate) is_dead: bool,
    /// A handshake was not started.
    pub(crate) is_fresh: bool,
    /// A coroutine reads, or writes.
    pub(crate) is_read: bool,
    pub(crate) is_written: bool,
}

/// Everything changes through cells: callbacks have their own way to it.
#[derive(Default)]
pub(crate) struct World {
    slots: RefCell<Vec<Slot>>,
    pub(crate) watches: RefCell<Vec<(*mut QIOChannel, *mut GSource)>>,
    pub(crate) listeners: RefCell<Vec<(*mut QIONetListener, c_int)>>,
    /// User data that was not released yet.
    pub(crate) alive: Cell<usize>,
    /// What threads are doing.
    pub(crate) threads: Cell<usize>,
    /// Coroutines that have not ended.
    pub(crate) coroutines: Cell<usize>,
}

impl World {
    /// Whether there is room for two more channels.
    pub(crate) fn has_room(&self) -> bool {
        self.slots.borrow().len() + self.threads.get() + 2 <= CHANNELS
    }

    /// Takes over a new channel.
    pub(crate) fn add(&self, channel: *mut QIOChannel, kind: Kind) {
        assert!(!channel.is_null());
        self.slots.borrow_mut().push(Slot {
            channel,
            kind,
            references: 1,
            is_covered: false,
            is_dead: false,
            is_fresh: true,
            is_read: false,
            is_written: false,
        });
    }

    /// Some channel that nothing else uses alone.
    pub(crate) fn choose(&self, input: &mut Input<'_>) -> Option<Slot> {
        let slots = self.slots.borrow();
        let free: Vec<&Slot> = slots.iter().filter(|slot| !slot.is_covered).collect();
        free.get(input.below(free.len())).copied().copied()
    }

    /// Changes what is known of a channel, if it is still there.
    pub(crate) fn change(&self, channel: *mut QIOChannel, change: impl FnOnce(&mut Slot)) {
        self.slots.borrow_mut().iter_mut().find(|slot| slot.channel == channel).map(change);
    }

    /// Takes a channel out.
    pub(crate) fn remove(&self, channel: *mut QIOChannel) -> Option<Slot> {
        let mut slots = self.slots.borrow_mut();
        let index = slots.iter().position(|slot| slot.channel == channel)?;
        Some(slots.remove(index))
    }

    /// Ends the watches of a channel, or all.
    pub(crate) fn unwatch(&self, channel: Option<*mut QIOChannel>) {
        let mut watches = self.watches.borrow_mut();
        let (ended, kept) = watches
            .drain(..)
            .partition(|(watched, _)| channel.is_none_or(|channel| channel == *watched));
        *watches = kept;
        drop(watches);
        let ended: Vec<_> = ended;
        ended.into_iter().for_each(|(_, source)| destroy(source));
    }

    /// How callbacks find the world; it outlives them.
    pub(crate) fn as_opaque(&self) -> gpointer {
        self.alive.set(self.alive.get() + 1);
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// Ends everything, and checks that nothing was forgotten.
    pub(crate) fn end(&self) {
        self.unwatch(None);
        self.listeners.take().into_iter().for_each(|(listener, _)| end_listener(listener));
        self.wait_for_threads();
        // Whoever waits finds that there is nothing to wait for.
        let slots = self.slots.borrow().clone();
        let can_wait = |slot: &&Slot| !matches!(slot.kind, Kind::Memory | Kind::File);
        slots.iter().filter(can_wait).for_each(|slot| shut_down(slot.channel));
        drop(slots);
        assert!(census::run(ENOUGH), "the main context never rests");
        assert_eq!(self.coroutines.get(), 0, "coroutines that wait for ever");
        // Channels above others are younger.
        for slot in self.slots.take().into_iter().rev() {
            // SAFETY: the references of the slot.
            unsafe {
                let count = references(slot.channel.cast());
                assert_eq!(count, slot.references, "references to a {:?}", slot.kind);
                (0..count).for_each(|_| object_unref(slot.channel.cast()));
            }
        }
        assert!(census::run(ENOUGH), "the main context never rests");
        assert_eq!(self.alive.get(), 0, "user data that was not released");
    }

    fn wait_for_threads(&self) {
        while self.threads.get() > 0 {
            // SAFETY: NULL is the default context.
            unsafe { g_main_context_iteration(std::ptr::null_mut(), 1) };
        }
    }
}

/// User data is released.
pub(crate) unsafe extern "C" fn release(world: gpointer) {
    // SAFETY: the user data is the world.
    let world = unsafe { &*world.cast::<World>() };
    world.alive.set(world.alive.get() - 1);
}

/// Ends a watch.
pub(crate) fn destroy(source: *mut GSource) {
    // SAFETY: the caller's reference.
    unsafe {
        g_source_destroy(source);
        g_source_unref(source);
    }
}

/// Ends a listener.
pub(crate) fn end_listener(listener: *mut QIONetListener) {
    // SAFETY: the caller's reference, which must be the last one.
    unsafe {
        qio_net_listener_disconnect(listener);
        assert_eq!(references(listener.cast()), 1, "the listener");
        object_unref(listener.cast());
    }
}

fn shut_down(channel: *mut QIOChannel) {
    let both = QIOChannelShutdown::QIO_CHANNEL_SHUTDOWN_BOTH as u32;
    // SAFETY: the channel is alive. It may be closed already.
    let (status, message) = call(|errp| unsafe { qio_channel_shutdown(channel, both, errp) });
    assert_eq!(status == 0, message.is_none(), "{message:?}");
}
