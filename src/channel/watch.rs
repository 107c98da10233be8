//! GSources that fire when a channel is ready.
//!
//! A source holds a reference on its channel until it is finalised, and the
//! numbers of the descriptors it polls: closing the channel does not change it.
//! It reports only bits that were asked for, although poll(2) always returns
//! `ERR`, `HUP` and `NVAL` as well.

use std::ffi::c_int;
use std::ptr::NonNull;

use glib_sys::{
    G_IO_ERR, G_IO_HUP, G_IO_IN, G_IO_NVAL, G_IO_OUT, G_LOG_LEVEL_WARNING, GDestroyNotify,
    GIOCondition, GMainContext, GPollFD, GSource, GSourceFunc, GSourceFuncs, g_log,
    g_source_add_poll, g_source_attach, g_source_new, g_source_set_callback, g_source_unref,
    gboolean, gpointer,
};

use super::dispatch::Channel;
use super::tls;
use crate::abi::io::channel::{QIOChannel, QIOChannelFunc};
use crate::host::object;

/// The conditions that poll(2) reports without being asked.
const ALWAYS_POLLED: GIOCondition = G_IO_ERR | G_IO_HUP | G_IO_NVAL;

/// An unattached source, owned.
pub(crate) struct Watch(NonNull<GSource>);

impl Watch {
    /// Takes over a source that a class created.
    ///
    /// # Safety
    ///
    /// The caller owns one reference to `source`, which is not NULL.
    pub(crate) unsafe fn from_raw(source: *mut GSource) -> Self {
        // SAFETY: not NULL, the caller says.
        Self(unsafe { NonNull::new_unchecked(source) })
    }

    /// Gives the reference to the caller.
    pub(crate) fn into_raw(self) -> *mut GSource {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }

    /// Gives the source its callback and attaches it to `context` (NULL: the global
    /// default one). Returns its id there.
    ///
    /// # Safety
    ///
    /// `function` may be called with `data` until `notify` was called with it, in
    /// the thread that runs `context`, which is NULL or a live main context.
    pub(crate) unsafe fn attach(
        &self,
        function: QIOChannelFunc,
        data: gpointer,
        notify: GDestroyNotify,
        context: *mut GMainContext,
    ) -> u32 {
        // SAFETY: passed on to the caller.
        unsafe {
            self.set_callback(function, data, notify);
            self.attach_to(context)
        }
    }

    /// Gives the source its callback.
    ///
    /// # Safety
    ///
    /// `function` may be called with `data` until `notify` was called with it, in
    /// the thread that runs the source's context.
    pub(super) unsafe fn set_callback(
        &self,
        function: QIOChannelFunc,
        data: gpointer,
        notify: GDestroyNotify,
    ) {
        // SAFETY: channel sources call their callback as a QIOChannelFunc; the
        // rest is the caller's.
        unsafe {
            let callback = std::mem::transmute::<QIOChannelFunc, GSourceFunc>(function);
            g_source_set_callback(self.as_ptr(), callback, data, notify);
        }
    }

    /// Attaches the source to `context`. Returns its id there.
    ///
    /// # Safety
    ///
    /// `context` is NULL or a live main context.
    pub(super) unsafe fn attach_to(&self, context: *mut GMainContext) -> u32 {
        // SAFETY: the source is alive and not attached yet.
        unsafe { g_source_attach(self.as_ptr(), context) }
    }

    /// The source.
    pub(crate) fn as_ptr(&self) -> *mut GSource {
        self.0.as_ptr()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // SAFETY: this value owns one reference.
        unsafe { g_source_unref(self.0.as_ptr()) };
    }
}

/// What all sources here start with.
#[repr(C)]
pub(super) struct ChannelSource {
    parent: GSource,
    /// The channel; a reference.
    pub(super) channel: *mut QIOChannel,
    /// What is watched for.
    pub(super) condition: GIOCondition,
}

/// Polls one descriptor.
#[repr(C)]
struct FdSource {
    base: ChannelSource,
    poll: GPollFD,
}

/// Polls a descriptor that is read from and one that is written to.
#[repr(C)]
struct FdPairSource {
    base: ChannelSource,
    read: GPollFD,
    write: GPollFD,
}

/// Polls nothing: what is ready is known when the source is created.
#[repr(C)]
struct ReadySource {
    base: ChannelSource,
    ready: bool,
}

/// A table that GLib reads and never writes.
#[repr(transparent)]
pub(super) struct SourceFuncs(GSourceFuncs);

// SAFETY: the table is never written.
unsafe impl Sync for SourceFuncs {}

impl SourceFuncs {
    /// The functions of a source that starts with a [`ChannelSource`].
    pub(super) const fn new(
        prepare: Option<unsafe extern "C" fn(*mut GSource, *mut c_int) -> gboolean>,
        check: unsafe extern "C" fn(*mut GSource) -> gboolean,
        dispatch: unsafe extern "C" fn(*mut GSource, GSourceFunc, gpointer) -> gboolean,
    ) -> Self {
        Self(GSourceFuncs {
            prepare,
            check: Some(check),
            dispatch: Some(dispatch),
            finalize: Some(finalize),
            closure_callback: None,
            closure_marshal: None,
        })
    }

    /// With a function of its own to finalise it, which ends with [`finalize`].
    pub(super) const fn with_finalize(
        mut self,
        finalize: unsafe extern "C" fn(*mut GSource),
    ) -> Self {
        self.0.finalize = Some(finalize);
        self
    }

    /// A table of a source made elsewhere.
    pub(super) const fn custom(funcs: GSourceFuncs) -> Self {
        Self(funcs)
    }

    pub(super) fn as_ptr(&'static self) -> *mut GSourceFuncs {
        (&raw const self.0).cast_mut()
    }
}

// Without a prepare function, GLib polls with no timeout of the source's own.
static FD_SOURCE: SourceFuncs = SourceFuncs::new(None, fd_check, fd_dispatch);
static FD_PAIR_SOURCE: SourceFuncs = SourceFuncs::new(None, fd_pair_check, fd_pair_dispatch);
static READY_SOURCE: SourceFuncs =
    SourceFuncs::new(Some(ready_prepare), ready_check, ready_dispatch);

/// A new source of type `S` with its channel and condition set.
///
/// # Safety
///
/// `S` is `repr(C)`, starts with a [`ChannelSource`], is valid when zeroed, and is
/// the type that the functions in `funcs` expect. `channel` is alive.
pub(super) unsafe fn new_source<S>(
    funcs: &'static SourceFuncs,
    channel: Channel<'_>,
    condition: GIOCondition,
) -> (Watch, *mut S) {
    let channel = channel.as_ptr();
    // SAFETY: GLib allocates a zeroed `S` behind the GSource and copies nothing
    // from `funcs`, which lives for ever.
    unsafe {
        let source = g_source_new(funcs.as_ptr(), size_of::<S>() as u32);
        let base = source.cast::<ChannelSource>();
        object::retain(channel.cast());
        (*base).channel = channel;
        (*base).condition = condition;
        (Watch::from_raw(source), source.cast())
    }
}

/// A source that fires when `fd` has one of the bits of `condition`. -1 and other
/// negative numbers are never ready.
pub(crate) fn fd_watch(channel: Channel<'_>, fd: c_int, condition: GIOCondition) -> Watch {
    // SAFETY: FD_SOURCE's functions expect an FdSource, whose fields may be zero.
    // The poll record lives inside the source and so as long as it.
    unsafe {
        let (watch, source) = new_source::<FdSource>(&FD_SOURCE, channel, condition);
        (*source).poll = poll_record(fd, condition);
        g_source_add_poll(watch.as_ptr(), &raw mut (*source).poll);
        watch
    }
}

/// A source that fires when `read_fd` can be read from or `write_fd` written to,
/// as far as `condition` asks for it, or when either has one of the other bits.
pub(crate) fn fd_pair_watch(
    channel: Channel<'_>,
    read_fd: c_int,
    write_fd: c_int,
    condition: GIOCondition,
) -> Watch {
    // SAFETY: as in `fd_watch`.
    unsafe {
        let (watch, source) = new_source::<FdPairSource>(&FD_PAIR_SOURCE, channel, condition);
        (*source).read = poll_record(read_fd, condition & G_IO_IN);
        (*source).write = poll_record(write_fd, condition & G_IO_OUT);
        // A side nobody asked about is not polled: its hang-up would make the
        // loop spin without ever being reported.
        if condition & (G_IO_IN | ALWAYS_POLLED) != 0 {
            g_source_add_poll(watch.as_ptr(), &raw mut (*source).read);
        }
        if condition & (G_IO_OUT | ALWAYS_POLLED) != 0 {
            g_source_add_poll(watch.as_ptr(), &raw mut (*source).write);
        }
        watch
    }
}

/// A source that reports `reported` on every turn of its loop if `ready`, and
/// never fires otherwise.
pub(crate) fn ready_watch(channel: Channel<'_>, reported: GIOCondition, ready: bool) -> Watch {
    // SAFETY: READY_SOURCE's functions expect a ReadySource.
    unsafe {
        let (watch, source) = new_source::<ReadySource>(&READY_SOURCE, channel, reported);
        (*source).ready = ready;
        watch
    }
}

/// Makes a source of this library, if `watch` is one, also fire for what ends a
/// wait without making the channel ready: a hang-up or an error.
///
/// Poll reports those in any case, so that a source which ignores them would make
/// its loop spin. Other masks than `IN`, `OUT` or both stay as they are, and so
/// does every foreign source.
pub(crate) fn widen(watch: &Watch) {
    // SAFETY: the source is alive and owned here, not attached to any context,
    // so nobody else looks at it. Only sources made in this file have these
    // tables, and they start with a ChannelSource.
    unsafe {
        let mut source = watch.as_ptr();
        while let Some(child) = tls::child_of(source) {
            source = child;
        }
        let funcs = (*source).source_funcs;
        if funcs == FD_SOURCE.as_ptr() || funcs == FD_PAIR_SOURCE.as_ptr() {
            let base = source.cast::<ChannelSource>();
            (*base).condition |= end_of_wait((*base).condition);
        }
    }
}

/// The bits that end a wait for `condition` besides its own.
fn end_of_wait(condition: GIOCondition) -> GIOCondition {
    const IN_OR_OUT: GIOCondition = G_IO_IN | G_IO_OUT;
    match condition {
        G_IO_IN | G_IO_OUT | IN_OR_OUT => ALWAYS_POLLED,
        _ => 0,
    }
}

fn poll_record(fd: c_int, condition: GIOCondition) -> GPollFD {
    GPollFD { fd, events: condition as u16, revents: 0 }
}

/// Calls the callback of a source with `condition`.
///
/// # Safety
///
/// `source` starts with a [`ChannelSource`], and `callback` was set for it.
pub(super) unsafe fn call(
    source: *mut GSource,
    callback: GSourceFunc,
    data: gpointer,
    condition: GIOCondition,
) -> gboolean {
    let Some(callback) = callback else {
        // SAFETY: a constant format without arguments.
        unsafe {
            g_log(
                c"qiochannel".as_ptr(),
                G_LOG_LEVEL_WARNING,
                c"A channel watch fired without a callback; removing it".as_ptr(),
            );
        }
        return glib_sys::GFALSE;
    };
    // SAFETY: callers of channel watches set a QIOChannelFunc, cast to
    // GSourceFunc as GLib's convention is; the source keeps the channel alive.
    unsafe {
        let function: QIOChannelFunc = std::mem::transmute(callback);
        match function {
            Some(function) => function((*source.cast::<ChannelSource>()).channel, condition, data),
            None => glib_sys::GFALSE,
        }
    }
}

/// What `revents` says about the bits that were asked for.
///
/// # Safety
///
/// `source` starts with a [`ChannelSource`].
unsafe fn wanted(source: *mut GSource, revents: u16) -> GIOCondition {
    // SAFETY: passed on to the caller.
    GIOCondition::from(revents) & unsafe { (*source.cast::<ChannelSource>()).condition }
}

unsafe extern "C" fn fd_check(source: *mut GSource) -> gboolean {
    // SAFETY: GLib calls this for sources made by `fd_watch`.
    unsafe { gboolean::from(fd_ready(source) != 0) }
}

unsafe extern "C" fn fd_dispatch(
    source: *mut GSource,
    callback: GSourceFunc,
    data: gpointer,
) -> gboolean {
    // SAFETY: GLib calls this for sources made by `fd_watch`.
    unsafe { call(source, callback, data, fd_ready(source)) }
}

unsafe fn fd_ready(source: *mut GSource) -> GIOCondition {
    // SAFETY: the caller has an FdSource.
    unsafe { wanted(source, (*source.cast::<FdSource>()).poll.revents) }
}

unsafe extern "C" fn fd_pair_check(source: *mut GSource) -> gboolean {
    // SAFETY: GLib calls this for sources made by `fd_pair_watch`.
    unsafe { gboolean::from(fd_pair_ready(source) != 0) }
}

unsafe extern "C" fn fd_pair_dispatch(
    source: *mut GSource,
    callback: GSourceFunc,
    data: gpointer,
) -> gboolean {
    // SAFETY: GLib calls this for sources made by `fd_pair_watch`.
    unsafe { call(source, callback, data, fd_pair_ready(source)) }
}

unsafe fn fd_pair_ready(source: *mut GSource) -> GIOCondition {
    // SAFETY: the caller has an FdPairSource.
    unsafe {
        let pair = source.cast::<FdPairSource>();
        wanted(source, (*pair).read.revents | (*pair).write.revents)
    }
}

unsafe extern "C" fn ready_prepare(source: *mut GSource, timeout: *mut c_int) -> gboolean {
    // SAFETY: GLib passes a valid timeout and a source made by `ready_watch`.
    unsafe {
        *timeout = -1;
        ready_check(source)
    }
}

unsafe extern "C" fn ready_check(source: *mut GSource) -> gboolean {
    // SAFETY: GLib calls this for sources made by `ready_watch`.
    unsafe { gboolean::from((*source.cast::<ReadySource>()).ready) }
}

unsafe extern "C" fn ready_dispatch(
    source: *mut GSource,
    callback: GSourceFunc,
    data: gpointer,
) -> gboolean {
    // SAFETY: GLib calls this for sources made by `ready_watch`.
    unsafe { call(source, callback, data, (*source.cast::<ChannelSource>()).condition) }
}

/// Releases the channel of a source.
pub(super) unsafe extern "C" fn finalize(source: *mut GSource) {
    // SAFETY: every source here starts with a ChannelSource and owns one
    // reference to its channel.
    unsafe { object::release((*source.cast::<ChannelSource>()).channel.cast()) };
}
