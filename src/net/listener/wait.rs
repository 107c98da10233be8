//! Waiting for one client.

use std::cell::RefCell;

use glib_sys::{
    G_IO_IN, GFALSE, GIOCondition, GMainLoop, GTRUE, g_main_context_new, g_main_context_unref,
    g_main_loop_new, g_main_loop_quit, g_main_loop_run, g_main_loop_unref, g_source_destroy,
    gboolean, gpointer,
};

use super::Hold;
use crate::abi::io::channel::QIOChannel;
use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::net_listener::QIONetListener;
use crate::channel::dispatch::Channel;
use crate::channel::socket;
use crate::host::object::ObjectRef;

/// What the watches of a wait share.
struct Wait {
    main_loop: *mut GMainLoop,
    client: RefCell<Option<ObjectRef<QIOChannelSocket>>>,
}

/// Blocks until a client of one of the sockets was accepted. No other main context
/// than a private one runs meanwhile, and the listener's function is not called.
pub(crate) fn wait_client(listener: &QIONetListener) -> ObjectRef<QIOChannelSocket> {
    let _hold = Hold::on(listener);
    let shared = listener.shared();
    let guard = shared.lock();
    listener.unwatch_all(&guard);
    let channels = listener.snapshot(&guard);
    drop(guard);

    loop {
        if let Some(client) = accept_one(&channels) {
            listener.watch_all(&shared.lock());
            return client;
        }
    }
}

/// Runs a private loop until a client has come.
fn accept_one(channels: &[ObjectRef<QIOChannelSocket>]) -> Option<ObjectRef<QIOChannelSocket>> {
    // SAFETY: the context and the loop are this function's own.
    let (context, main_loop) = unsafe {
        let context = g_main_context_new();
        (context, g_main_loop_new(context, GFALSE))
    };
    let wait = Wait { main_loop, client: RefCell::new(None) };
    let data = (&raw const wait).cast_mut().cast();
    let open = channels.iter().filter(|channel| channel.fd.get() != -1);
    let watches: Vec<_> = open
        .map(|channel| {
            let watch = Channel::of(&**channel).create_watch(G_IO_IN);
            // SAFETY: `wait` outlives the watches, which run in this thread only.
            unsafe { watch.attach(Some(on_client), data, None, context) };
            watch
        })
        .collect();
    // SAFETY: the loop and the context are alive, and not used after this.
    unsafe {
        g_main_loop_run(main_loop);
        for watch in &watches {
            g_source_destroy(watch.as_ptr());
        }
        g_main_loop_unref(main_loop);
        g_main_context_unref(context);
    }
    wait.client.into_inner()
}

unsafe extern "C" fn on_client(
    channel: *mut QIOChannel,
    _condition: GIOCondition,
    wait: gpointer,
) -> gboolean {
    // SAFETY: the watch keeps the channel alive, and its data outlives it.
    let (channel, wait) = unsafe { (&*channel.cast::<QIOChannelSocket>(), &*wait.cast::<Wait>()) };
    // The client of a second socket that is ready stays in its queue.
    if wait.client.borrow().is_some() {
        return GTRUE;
    }
    if let Ok(client) = socket::accept(channel) {
        wait.client.replace(Some(client));
        // SAFETY: the loop that runs this.
        unsafe { g_main_loop_quit(wait.main_loop) };
    }
    GTRUE
}
