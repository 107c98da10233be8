//! The watches of users.
//!
//! Such a source polls nothing: it looks at what was received and what is pending.
//! In the default main context the background watch sees to it that this changes. In
//! any other one the source does that itself, with a watch on the master as its
//! child. Whoever changes the state wakes the sources whose condition holds now.

use std::ffi::c_int;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use glib_sys::{
    G_IO_ERR, G_IO_HUP, G_IO_IN, G_IO_OUT, G_SOURCE_CONTINUE, GFALSE, GIOCondition, GMainContext,
    GSource, GSourceFunc, GTRUE, g_main_context_default, g_main_context_ref, g_main_context_unref,
    g_main_context_wakeup, g_source_add_child_source, g_source_get_context, gboolean, gpointer,
};

use super::background::{self, Armed};
use super::state::{Status, lock};
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::dispatch::Channel;
use crate::channel::watch::{self, ChannelSource, SourceFuncs, Watch};

/// The live sources of a channel.
#[derive(Default)]
pub(super) struct Sources {
    has_any: AtomicBool,
    /// The conditions that held when the sources were last woken.
    announced: AtomicU32,
    entries: Mutex<Vec<Entry>>,
}

/// One source. Its last reference may be gone any time, so whoever wakes it touches
/// nothing but the context.
struct Entry {
    source: *mut GSource,
    condition: GIOCondition,
    /// Where the source sleeps; none while it is awake, so that a context is not kept
    /// alive by its own sources.
    asleep_in: Option<Context>,
    /// What it polls the master for.
    polled: GIOCondition,
    child: Option<Armed>,
}

/// A reference to a main context.
struct Context(*mut GMainContext);

impl Context {
    /// The context of a source.
    ///
    /// # Safety
    ///
    /// `source` is attached.
    unsafe fn of(source: *mut GSource) -> Self {
        // SAFETY: an attached source has a context, which is alive.
        Self(unsafe { g_main_context_ref(g_source_get_context(source)) })
    }

    fn is_default(&self) -> bool {
        // SAFETY: may be called anywhere.
        self.0 == unsafe { g_main_context_default() }
    }

    /// Ends a poll of the context.
    fn wake(&self) {
        // SAFETY: this value is a reference; any thread may do this.
        unsafe { g_main_context_wakeup(self.0) };
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: this value is a reference.
        unsafe { g_main_context_unref(self.0) };
    }
}

static FUNCS: SourceFuncs =
    SourceFuncs::new(Some(prepare), check, dispatch).with_finalize(finalize);

/// A source for a user.
pub(super) fn create(channel: &QIOChannelWebsock, condition: GIOCondition) -> Watch {
    // SAFETY: the functions expect a ChannelSource.
    let (watch, source) =
        unsafe { watch::new_source::<ChannelSource>(&FUNCS, Channel::of(channel), condition) };
    let sources = &channel.state().sources;
    let mut entries = lock(&sources.entries);
    let entry = Entry { source: source.cast(), condition, asleep_in: None, polled: 0, child: None };
    entries.push(entry);
    sources.has_any.store(true, Ordering::SeqCst);
    // What was announced to others is news to this one.
    sources.announced.store(0, Ordering::SeqCst);
    drop(entries);
    background::engage(channel);
    watch
}

impl Sources {
    /// Wakes the sources whose condition holds, if anything holds that did not.
    #[inline]
    pub(super) fn announce(&self, status: &Status) {
        if self.has_any.load(Ordering::SeqCst) {
            self.announce_to_all(status);
        }
    }

    fn announce_to_all(&self, status: &Status) {
        let now = status.ready(G_IO_IN) | status.ready(G_IO_OUT | G_IO_HUP | G_IO_ERR);
        let before = self.announced.swap(now, Ordering::SeqCst);
        if now & !before == 0 {
            return;
        }
        for entry in lock(&self.entries).iter() {
            if let Some(context) = &entry.asleep_in
                && status.ready(entry.condition) != 0
            {
                context.wake();
            }
        }
    }

    /// Notes where a source sleeps from now on, if it does. Gives back what was noted.
    fn note(&self, source: *mut GSource, context: Option<Context>) -> Option<Context> {
        let mut entries = lock(&self.entries);
        let entry = entries.iter_mut().find(|entry| entry.source == source)?;
        mem::replace(&mut entry.asleep_in, context)
    }

    /// Polls the master for nobody any more.
    pub(super) fn disarm(&self) {
        let children: Vec<_> = lock(&self.entries)
            .iter_mut()
            .map(|entry| {
                entry.polled = 0;
                entry.child.take()
            })
            .collect();
        drop(children);
    }

    /// What a source polls the master for.
    fn polled(&self, source: *mut GSource) -> GIOCondition {
        let entries = lock(&self.entries);
        entries.iter().find(|entry| entry.source == source).map_or(0, |entry| entry.polled)
    }

    /// Gives a source another child, and the old one back.
    fn replace_child(
        &self,
        source: *mut GSource,
        polled: GIOCondition,
        child: Option<Armed>,
    ) -> Option<Armed> {
        let mut entries = lock(&self.entries);
        let entry = entries.iter_mut().find(|entry| entry.source == source)?;
        entry.polled = polled;
        mem::replace(&mut entry.child, child)
    }

    /// Takes a source out of the list.
    fn remove(&self, source: *mut GSource) {
        let mut entries = lock(&self.entries);
        let position = entries.iter().position(|entry| entry.source == source);
        let entry = position.map(|position| entries.swap_remove(position));
        self.has_any.store(!entries.is_empty(), Ordering::SeqCst);
        if entries.is_empty() {
            *entries = Vec::new();
        }
        drop(entries);
        drop(entry);
    }
}

/// The channel and the condition of a source made by `create`.
///
/// # Safety
///
/// `source` is one, and alive for `'a`.
unsafe fn parts<'a>(source: *mut GSource) -> (&'a QIOChannelWebsock, GIOCondition) {
    // SAFETY: such sources are only made for channels of this class, and keep them
    // alive.
    unsafe {
        let source = &*source.cast::<ChannelSource>();
        (&*source.channel.cast(), source.condition)
    }
}

unsafe extern "C" fn prepare(source: *mut GSource, timeout: *mut c_int) -> gboolean {
    // SAFETY: GLib passes a valid timeout and a source made by `create`.
    let (channel, condition) = unsafe {
        *timeout = -1;
        parts(source)
    };
    // Whoever changes the state after it was looked at wakes the context.
    // SAFETY: GLib prepares only sources that are attached.
    drop(channel.state().sources.note(source, Some(unsafe { Context::of(source) })));
    if channel.state().status.ready(condition) != 0 {
        return GTRUE;
    }
    // SAFETY: as above.
    unsafe { poll_master(source, channel, condition) };
    GFALSE
}

/// Brings the child of a source in line with what is needed.
///
/// # Safety
///
/// `source` is made by `create` and is being prepared.
unsafe fn poll_master(source: *mut GSource, channel: &QIOChannelWebsock, condition: GIOCondition) {
    // SAFETY: the source is attached.
    let is_default = unsafe { Context::of(source) }.is_default();
    let needed = if is_default { 0 } else { background::needed(channel, condition) };
    let sources = &channel.state().sources;
    if needed == sources.polled(source) {
        return;
    }
    let child = channel.inner().filter(|_| needed != 0).map(|inner| {
        let child = background::serving_watch(channel, inner, needed);
        // SAFETY: both are alive; the parent is attached, the child is not.
        unsafe { g_source_add_child_source(source, child.as_ptr()) };
        Armed::new(child)
    });
    drop(sources.replace_child(source, needed, child));
}

unsafe extern "C" fn check(source: *mut GSource) -> gboolean {
    // SAFETY: GLib passes a source made by `create`.
    let (channel, condition) = unsafe { parts(source) };
    drop(channel.state().sources.note(source, None));
    gboolean::from(channel.state().status.ready(condition) != 0)
}

unsafe extern "C" fn dispatch(
    source: *mut GSource,
    callback: GSourceFunc,
    data: gpointer,
) -> gboolean {
    // SAFETY: GLib passes a source made by `create`.
    let (channel, condition) = unsafe { parts(source) };
    drop(channel.state().sources.note(source, None));
    match channel.state().status.ready(condition) {
        // Its child was dispatched, or somebody else was faster.
        0 => G_SOURCE_CONTINUE,
        // SAFETY: as above; the callback is the one that was set.
        ready => unsafe { watch::call(source, callback, data, ready) },
    }
}

unsafe extern "C" fn finalize(source: *mut GSource) {
    // SAFETY: GLib passes a source made by `create`, whose reference to the channel
    // is dropped last.
    unsafe {
        let (channel, _) = parts(source);
        channel.state().sources.remove(source);
        watch::finalize(source);
    }
}
