//! Types of `io/net-listener.h`.

use std::cell::Cell;
use std::ffi::c_char;

use glib_sys::{GDestroyNotify, GSource, gpointer};

use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::qom::object::Object;

/// Called with each new client of a listener. The channel is closed when the
/// function returns, unless it takes a reference.
pub type QIONetListenerClientFunc = Option<
    unsafe extern "C" fn(
        listener: *mut QIONetListener,
        sioc: *mut QIOChannelSocket,
        data: gpointer,
    ),
>;

/// A set of listening sockets with one function for all their clients.
///
/// The thread that owns the listener may read the fields; they change only through
/// the functions.
#[repr(C)]
pub struct QIONetListener {
    /// The base object.
    pub parent: Object,
    /// Names the channels that are added; NULL if none.
    pub name: Cell<*mut c_char>,
    /// The listening channels. Closed ones stay.
    pub sioc: Cell<*mut *mut QIOChannelSocket>,
    /// The watch of each channel; NULL where there is none.
    pub io_source: Cell<*mut *mut GSource>,
    /// The number of channels.
    pub nsioc: Cell<usize>,
    /// Whether a channel was added since the last disconnect.
    pub connected: Cell<bool>,
    /// Called with each new client; NULL if clients have to wait.
    pub io_func: Cell<QIONetListenerClientFunc>,
    /// Passed to `io_func`.
    pub io_data: Cell<gpointer>,
    /// Releases `io_data`; may be NULL.
    pub io_notify: Cell<GDestroyNotify>,
}
