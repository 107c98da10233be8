//! What goes on without a call: the watch on the master in the default main context.
//!
//! It sends what is pending and receives ahead, so that pings are answered, the end
//! of the connection is noticed, and the watches of users have something to report.
//! It keeps the channel alive only while something is pending.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use glib_sys::{
    G_IO_ERR, G_IO_HUP, G_IO_IN, G_IO_OUT, G_SOURCE_CONTINUE, G_SOURCE_REMOVE, GIOCondition,
    GSource, GSourceCallbackFuncs, GSourceFunc, g_source_destroy, g_source_set_callback_indirect,
    gboolean, gpointer,
};

use super::state::{Link, Phase, lock};
use super::{input, output};
use crate::abi::io::channel::{QIOChannel, QIOChannelFunc};
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::dispatch::Channel;
use crate::channel::watch::Watch;
use crate::host::object::ObjectRef;

/// What a watch for input asks the master for. Hang-ups and errors end a wait for
/// input, and poll reports them in any case.
const INPUT: GIOCondition = G_IO_IN | G_IO_HUP | G_IO_ERR;

/// What a watch for output asks the master for. They end a wait for output as well: a
/// Unix socket with a full queue reports its end as a hang-up only.
const OUTPUT: GIOCondition = G_IO_OUT | G_IO_HUP | G_IO_ERR;

/// The watch in the default main context.
#[derive(Default)]
pub(super) struct Background {
    /// A user has called: input is received ahead from now on.
    is_engaged: AtomicBool,
    /// What the watch asks for; 0 if there is none.
    armed: AtomicU32,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    _watch: Option<Armed>,
    /// Keeps the channel alive while output is pending.
    _reference: Option<ObjectRef<QIOChannelWebsock>>,
}

/// A watch that is attached; destroyed when dropped.
pub(super) struct Armed(Watch);

// SAFETY: a GSource may be destroyed and released on any thread.
unsafe impl Send for Armed {}

impl Armed {
    /// Takes over a watch that is attached or somebody's child.
    pub(super) fn new(watch: Watch) -> Self {
        Self(watch)
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        // SAFETY: the source is alive; destroying it twice is harmless.
        unsafe { g_source_destroy(self.0.as_ptr()) };
    }
}

/// After a call of a user: receives ahead from now on, and see [`update`].
pub(super) fn engage(channel: &QIOChannelWebsock) {
    let background = &channel.state().background;
    if !background.is_engaged.load(Ordering::Relaxed) {
        background.is_engaged.store(true, Ordering::Release);
    }
    update(channel);
}

/// After anything that may have changed the state: tells those who wait, and polls
/// the master for what is needed now.
pub(super) fn update(channel: &QIOChannelWebsock) {
    let state = channel.state();
    state.sources.announce(&state.status);
    state.handlers.announce(channel);
    arm(channel);
}

/// Polls the master for nothing any more.
pub(super) fn disarm(channel: &QIOChannelWebsock) {
    let background = &channel.state().background;
    let mut slot = lock(&background.slot);
    let old = std::mem::take(&mut *slot);
    background.armed.store(0, Ordering::SeqCst);
    drop(slot);
    drop(old);
}

/// What a watch on the master has to ask for. `condition` is what its user waits
/// for.
pub(super) fn needed(channel: &QIOChannelWebsock, condition: GIOCondition) -> GIOCondition {
    let state = channel.state();
    let mut needed = 0;
    if condition & INPUT != 0 && state.status.wants_input() && !state.handlers.wants_input() {
        needed |= INPUT;
    }
    if state.status.pending.load(Ordering::SeqCst) > 0
        && !matches!(state.status.phase(), Phase::Closed)
        && !state.handlers.wants_output()
    {
        needed |= OUTPUT;
    }
    needed
}

fn wanted(channel: &QIOChannelWebsock) -> GIOCondition {
    let is_engaged = channel.state().background.is_engaged.load(Ordering::Acquire);
    needed(channel, if is_engaged { INPUT } else { 0 })
}

/// Brings the watch in line with what is wanted.
fn arm(channel: &QIOChannelWebsock) {
    let background = &channel.state().background;
    // Another thread may change the state while this one replaces the watch, and
    // see the old condition: hence again, until they agree.
    while background.armed.load(Ordering::SeqCst) != wanted(channel) {
        let mut slot = lock(&background.slot);
        let condition = wanted(channel);
        if condition == background.armed.load(Ordering::SeqCst) {
            continue;
        }
        let new = watch_in_default_context(channel, condition);
        let old = std::mem::replace(&mut *slot, new);
        background.armed.store(condition, Ordering::SeqCst);
        drop(slot);
        // Releases a source, and perhaps the last reference of somebody else.
        drop(old);
    }
}

/// A watch for `condition`, unless that is nothing.
fn watch_in_default_context(channel: &QIOChannelWebsock, condition: GIOCondition) -> Slot {
    let Some(inner) = channel.inner().filter(|_| condition != 0) else {
        return Slot::default();
    };
    let watch = serving_watch(channel, inner, condition);
    // SAFETY: NULL is the default main context.
    unsafe { watch.attach_to(std::ptr::null_mut()) };
    // SAFETY: the channel is alive.
    let reference =
        (condition & G_IO_OUT != 0).then(|| unsafe { ObjectRef::to(NonNull::from(channel)) });
    Slot { _watch: Some(Armed::new(watch)), _reference: reference }
}

/// A watch on the master that does what needs to be done; not attached yet.
///
/// Many channels have one for most of their lives, so it has its callback without the
/// memory that GLib would need to remember it.
pub(super) fn serving_watch(
    channel: &QIOChannelWebsock,
    inner: Channel<'_>,
    condition: GIOCondition,
) -> Watch {
    static SERVE: CallbackFuncs = CallbackFuncs(GSourceCallbackFuncs {
        ref_: Some(retain_link),
        unref: Some(release_link),
        get: Some(get_serve),
    });
    let watch = inner.create_watch(condition);
    let link = Arc::into_raw(Arc::clone(&channel.state().link)).cast_mut();
    let funcs = (&raw const SERVE.0).cast_mut();
    // SAFETY: the functions expect a link, of which the source gets a reference; GLib
    // only reads the table.
    unsafe { g_source_set_callback_indirect(watch.as_ptr(), link.cast(), funcs) };
    watch
}

/// A table that GLib reads and never writes.
struct CallbackFuncs(GSourceCallbackFuncs);

// SAFETY: the table is never written.
unsafe impl Sync for CallbackFuncs {}

/// What a serving watch calls, and with what.
unsafe extern "C" fn get_serve(
    link: gpointer,
    _source: *mut GSource,
    function: *mut GSourceFunc,
    data: *mut gpointer,
) {
    let serve: QIOChannelFunc = Some(serve);
    // SAFETY: GLib gives two places to store to. Channel sources call their callback as
    // a QIOChannelFunc.
    unsafe {
        function.write(std::mem::transmute::<QIOChannelFunc, GSourceFunc>(serve));
        data.write(link);
    }
}

/// Takes a reference to the link of a source's callback.
unsafe extern "C" fn retain_link(link: gpointer) {
    // SAFETY: the source has a reference.
    unsafe { Arc::increment_strong_count(link.cast::<Link>().cast_const()) };
}

/// Makes a watch call a function with the link of the channel.
pub(super) fn call_with_link(
    watch: &Watch,
    channel: &QIOChannelWebsock,
    function: unsafe extern "C" fn(*mut QIOChannel, GIOCondition, gpointer) -> gboolean,
) {
    let link = Arc::into_raw(Arc::clone(&channel.state().link)).cast_mut();
    // SAFETY: the function gets the link, which is shared between threads, until it
    // is released.
    unsafe { watch.set_callback(Some(function), link.cast(), Some(release_link)) };
}

/// Drops the reference to the link that a source's callback had.
unsafe extern "C" fn release_link(link: gpointer) {
    // SAFETY: the reference that was given up when the callback was set.
    drop(unsafe { Arc::from_raw(link.cast::<Link>().cast_const()) });
}

/// The master is ready for what was asked.
unsafe extern "C" fn serve(
    _inner: *mut QIOChannel,
    condition: GIOCondition,
    link: gpointer,
) -> gboolean {
    // SAFETY: the callback's data is a link, alive while the callback runs.
    let Some(channel) = (unsafe { &*link.cast::<Link>() }).upgrade() else {
        return G_SOURCE_REMOVE;
    };
    let status = &channel.state().status;
    if condition & OUTPUT != 0 && status.pending.load(Ordering::Acquire) > 0 {
        output::flush(&channel);
    }
    if condition & INPUT != 0 {
        input::pump(&channel);
    }
    update(&channel);
    // If it is not needed any more, the source is destroyed by now.
    G_SOURCE_CONTINUE
}
