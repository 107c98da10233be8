//! Waiting until a channel is ready.

use glib_sys::{
    GFALSE, GIOCondition, GMainLoop, g_main_context_new, g_main_context_unref, g_main_loop_new,
    g_main_loop_quit, g_main_loop_run, g_main_loop_unref, gboolean, gpointer,
};

use super::coroutine;
use super::dispatch::Channel;
use super::watch::widen;
use crate::abi::io::channel::QIOChannel;
use crate::host::aio;

/// Waits as the caller's surroundings allow: a coroutine is suspended, a thread
/// blocks.
#[cold]
pub(crate) fn until_ready(channel: Channel<'_>, condition: GIOCondition) {
    if aio::in_coroutine() {
        coroutine::until_ready(channel, condition);
    } else {
        block(channel, condition);
    }
}

/// Blocks the thread until `condition` holds.
///
/// The watch runs in a main context of its own, so that no other source of the
/// program is dispatched meanwhile.
pub(crate) fn block(channel: Channel<'_>, condition: GIOCondition) {
    let watch = channel.create_watch(condition);
    widen(&watch);
    // SAFETY: the context, the loop and the source are this function's own; the
    // loop outlives the callback that gets it, because the source fires only
    // while the loop runs and is removed when it does.
    unsafe {
        let context = g_main_context_new();
        let main_loop = g_main_loop_new(context, GFALSE);
        watch.attach(Some(quit), main_loop.cast(), None, context);
        drop(watch);
        g_main_loop_run(main_loop);
        g_main_loop_unref(main_loop);
        g_main_context_unref(context);
    }
}

unsafe extern "C" fn quit(
    _channel: *mut QIOChannel,
    _condition: GIOCondition,
    main_loop: gpointer,
) -> gboolean {
    // SAFETY: the callback's data is the loop that runs it.
    unsafe { g_main_loop_quit(main_loop.cast::<GMainLoop>()) };
    GFALSE
}
