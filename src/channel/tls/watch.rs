//! A source that knows what is decrypted already.
//!
//! A record may hold more than one read takes. The rest is in the session's memory,
//! where no poll sees it; so a source for input is ready as well when there is
//! plaintext. It has the master's own source as its child, which only notes what it
//! has seen.

use std::ffi::c_int;
use std::ptr::null_mut;

use glib_sys::{
    G_IO_IN, GFALSE, GIOCondition, GSource, GSourceFunc, GSourceFuncs, GTRUE,
    g_source_add_child_source, g_source_get_name, g_source_new, g_source_set_callback,
    g_source_set_name, gboolean, gpointer,
};

use super::QIOChannelTLS;
use crate::abi::io::channel::{QIOChannel, QIOChannelFunc};
use crate::channel::dispatch::Channel;
use crate::channel::watch::{SourceFuncs, Watch, ready_watch};
use crate::host::object;

#[repr(C)]
struct TlsSource {
    parent: GSource,
    channel: *mut QIOChannelTLS,
    /// The master's source, which lives as long as this one is not destroyed.
    child: *mut GSource,
    /// What the child has seen since the last dispatch.
    seen: GIOCondition,
}

static TLS_SOURCE: SourceFuncs = SourceFuncs::custom(GSourceFuncs {
    prepare: Some(prepare),
    check: Some(check),
    dispatch: Some(dispatch),
    finalize: Some(finalize),
    closure_callback: None,
    closure_marshal: None,
});

/// A source that fires when `condition` holds.
pub(super) fn create(channel: &QIOChannelTLS, condition: GIOCondition) -> Watch {
    let Ok(master) = channel.master() else {
        return ready_watch(Channel::of(channel), condition, false);
    };
    let child = master.create_watch(condition);
    if condition & G_IO_IN == 0 {
        return child;
    }
    // SAFETY: GLib allocates a zeroed TlsSource behind the GSource. The child calls
    // its callback only as long as its parent is not destroyed, and with a
    // condition, as channel sources do.
    unsafe {
        let source = g_source_new(TLS_SOURCE.as_ptr(), size_of::<TlsSource>() as u32);
        let this = source.cast::<TlsSource>();
        object::retain(Channel::of(channel).as_ptr().cast());
        (*this).channel = std::ptr::from_ref(channel).cast_mut();
        (*this).child = child.as_ptr();
        g_source_set_name(source, g_source_get_name(child.as_ptr()));
        let note: QIOChannelFunc = Some(note);
        let note = std::mem::transmute::<QIOChannelFunc, GSourceFunc>(note);
        g_source_set_callback(child.as_ptr(), note, source.cast(), None);
        g_source_add_child_source(source, child.as_ptr());
        Watch::from_raw(source)
    }
}

/// The master's source inside a source of this file; `None` for other sources.
///
/// # Safety
///
/// `source` is alive and not destroyed.
pub(in crate::channel) unsafe fn child_of(source: *mut GSource) -> Option<*mut GSource> {
    // SAFETY: only sources of this file have these functions.
    unsafe {
        ((*source).source_funcs == TLS_SOURCE.as_ptr()).then(|| (*source.cast::<TlsSource>()).child)
    }
}

/// The child's callback.
unsafe extern "C" fn note(
    _master: *mut QIOChannel,
    condition: GIOCondition,
    source: gpointer,
) -> gboolean {
    // SAFETY: the parent of the child that calls; both run in one thread.
    unsafe { (*source.cast::<TlsSource>()).seen |= condition };
    GTRUE
}

/// Whether there is plaintext.
///
/// # Safety
///
/// `source` was made by `create`.
unsafe fn has_plaintext(source: *mut GSource) -> bool {
    // SAFETY: passed on to the caller; the source keeps the channel alive.
    unsafe { (*(*source.cast::<TlsSource>()).channel).has_plaintext() }
}

unsafe extern "C" fn prepare(source: *mut GSource, timeout: *mut c_int) -> gboolean {
    // SAFETY: GLib passes a valid timeout and a source made by `create`.
    unsafe {
        *timeout = -1;
        gboolean::from(has_plaintext(source))
    }
}

unsafe extern "C" fn check(source: *mut GSource) -> gboolean {
    // SAFETY: GLib calls this for sources made by `create`.
    unsafe { gboolean::from((*source.cast::<TlsSource>()).seen != 0 || has_plaintext(source)) }
}

unsafe extern "C" fn dispatch(
    source: *mut GSource,
    callback: GSourceFunc,
    data: gpointer,
) -> gboolean {
    // SAFETY: GLib calls this for sources made by `create`, whose callback is a
    // QIOChannelFunc by GLib's convention. Its first argument is the master, as in
    // the master's own source.
    unsafe {
        let this = source.cast::<TlsSource>();
        let mut condition = std::mem::take(&mut (*this).seen);
        if has_plaintext(source) {
            condition |= G_IO_IN;
        }
        if condition == 0 {
            // Somebody else has read it meanwhile.
            return GTRUE;
        }
        match std::mem::transmute::<GSourceFunc, QIOChannelFunc>(callback) {
            Some(function) => function((*(*this).channel).master.get(), condition, data),
            None => GFALSE,
        }
    }
}

unsafe extern "C" fn finalize(source: *mut GSource) {
    // SAFETY: sources made by `create` own a reference to their channel.
    unsafe {
        let this = source.cast::<TlsSource>();
        (*this).child = null_mut();
        object::release((*this).channel.cast());
    }
}
