//! The end of a channel.

use std::sync::{Mutex, OnceLock};

use glib_sys::{
    G_IO_OUT, G_SOURCE_REMOVE, GFALSE, GIOCondition, GMainContext, g_main_context_iteration,
    g_main_context_new, gboolean, gpointer,
};

use super::background::{self, Armed};
use super::frame::close_payload;
use super::state::{Phase, lock};
use super::{input, opening, output};
use crate::abi::io::channel::QIOChannel;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::channel::dispatch::Channel;
use crate::error::Error;

/// The code of an ordinary end. RFC 6455, 7.4.1.
const NORMAL_CLOSURE: u16 = 1000;

/// A main context to ask a watch whether it would fire now. There is one for the
/// whole process: a context needs a descriptor, and GLib aborts without one.
struct Helper(*mut GMainContext);

// SAFETY: a main context may be used by any thread; the lock around it keeps it to
// one at a time.
unsafe impl Send for Helper {}

static HELPER: OnceLock<Mutex<Helper>> = OnceLock::new();

fn helper() -> &'static Mutex<Helper> {
    // SAFETY: may be called anywhere.
    HELPER.get_or_init(|| Mutex::new(Helper(unsafe { g_main_context_new() })))
}

/// Gets what closing needs, while there are descriptors left.
pub(super) fn prepare() {
    helper();
}

/// Whether a write would not block, as far as the channel knows.
fn is_writable(inner: Channel<'_>) -> bool {
    let mut is_writable = false;
    let watch = inner.create_watch(G_IO_OUT);
    let context = lock(helper());
    // SAFETY: the flag outlives the watch, which is destroyed below; the context
    // lives for ever.
    unsafe {
        watch.attach(Some(note), (&raw mut is_writable).cast(), None, context.0);
        g_main_context_iteration(context.0, GFALSE);
    }
    drop(Armed::new(watch));
    is_writable
}

unsafe extern "C" fn note(
    _inner: *mut QIOChannel,
    _condition: GIOCondition,
    is_writable: gpointer,
) -> gboolean {
    // SAFETY: the callback's data is the flag of `is_writable`.
    unsafe { *is_writable.cast::<bool>() = true };
    G_SOURCE_REMOVE
}

/// Closes a channel and its master. Not for a thread that sleeps in the master to
/// finish.
pub(super) fn close(channel: &QIOChannelWebsock) -> Result<(), Error> {
    opening::cancel(channel);
    let state = channel.state();
    let is_open = state.status.phase() == Phase::Open
        && !state.status.has_input_error()
        && !state.status.has_output_error();
    if is_open && channel.inner().is_some_and(is_writable) {
        output::say_goodbye(channel, &close_payload(NORMAL_CLOSURE, ""));
    }
    state.status.close();
    background::disarm(channel);
    state.sources.disarm();
    input::clear(channel);
    output::clear(channel);
    state.status.forget_errors();
    match channel.inner() {
        Some(inner) => inner.close_inner(),
        None => Ok(()),
    }
}
