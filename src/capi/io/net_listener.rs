//! Functions of `io/net-listener.h`.

#[cfg(feature = "backports")]
pub mod extension;

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;

use glib_sys::{GDestroyNotify, GMainContext, gpointer};

use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::net_listener::{QIONetListener, QIONetListenerClientFunc};
use crate::abi::qapi::qapi_types_sockets::SocketAddress;
use crate::abi::qemu::typedefs::Error;
use crate::host::error::Destination;
use crate::host::object::ObjectRef;
use crate::net::listener::{self, Registration};

/// Creates a listener without sockets.
///
/// @return (transfer full): the listener. While it has sockets and a function for
/// clients, it keeps itself alive: disconnect it, or take the function away, before
/// dropping the last reference.
#[unsafe(no_mangle)]
pub extern "C" fn qio_net_listener_new() -> *mut QIONetListener {
    ObjectRef::<QIONetListener>::new().into_raw()
}

/// Names the sockets that are added from now on: they are called `name` with `-listen`
/// behind it.
///
/// @param listener the listener
/// @param name (nullable): the name, which is copied; NULL leaves sockets their names
///
/// # Safety
///
/// `listener` is alive; `name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_set_name(
    listener: *mut QIONetListener,
    name: *const c_char,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = (!name.is_null()).then(|| CStr::from_ptr(name));
        (*listener).set_name(name);
    }
}

/// Listens at all addresses that `addr` stands for, and adds the sockets. Blocks while
/// names are looked up. May be called more than once.
///
/// @param listener the listener
/// @param addr the address, which is only read. With keep-alive, accepted connections are
///        probed while they are idle
/// @param num how many clients of each socket may wait to be accepted
/// @param errp where to store an error, or NULL
///
/// @return 0 if at least one socket was added; -1 with `errp` set to the first failure.
///
/// # Safety
///
/// `listener` is alive, `addr` a valid address; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_open_sync(
    listener: *mut QIONetListener,
    addr: *mut SocketAddress,
    num: c_int,
    errp: *mut *mut Error,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe {
        match (*listener).open(addr, num) {
            Ok(()) => 0,
            Err(error) => {
                error.store(Destination::from_raw(errp), c"qio_net_listener_open_sync");
                -1
            }
        }
    }
}

/// Adds a socket that listens. It is watched at once if there is a function for clients.
///
/// @param listener the listener
/// @param sioc the socket, of which the listener takes a reference
///
/// # Safety
///
/// Both are alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_add(
    listener: *mut QIONetListener,
    sioc: *mut QIOChannelSocket,
) {
    // SAFETY: passed on to the caller.
    unsafe { (*listener).add(&*sioc) };
}

/// Sets the function that is called with each new client.
///
/// May be called in any thread, and from within the function itself. A call that is on
/// in another thread is not waited for; data that it may use is released when it
/// returns. In any other case the previous data is released before this returns.
///
/// @param listener the listener
/// @param func (nullable): the function, called with the listener, the client and `data`. It
///        takes a reference to keep the client; otherwise the connection is closed.
///        NULL lets clients wait
/// @param data (nullable): passed to `func`
/// @param notify (nullable): called with `data` when the function is replaced, or the listener
///          goes away
/// @param context (nullable): the main context that runs `func`; NULL for the global default
///           one. The listener keeps it alive. It is not looked at without `func`
///
/// # Safety
///
/// `listener` is alive; `context` is NULL or alive unless `func` is NULL; the functions
/// may be called with `data` in its thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_set_client_func_full(
    listener: *mut QIONetListener,
    func: QIONetListenerClientFunc,
    data: gpointer,
    notify: GDestroyNotify,
    context: *mut GMainContext,
) {
    let registration = Registration { function: func, data, notify };
    // SAFETY: passed on to the caller.
    unsafe { (*listener).set_client_function(registration, context) };
}

/// Does qio_net_listener_set_client_func_full() with the global default main context.
///
/// @param listener the listener
/// @param func (nullable): the function
/// @param data (nullable): passed to `func`
/// @param notify (nullable): called with `data` when the function is replaced, or the listener
///          goes away
///
/// # Safety
///
/// As for qio_net_listener_set_client_func_full().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_set_client_func(
    listener: *mut QIONetListener,
    func: QIONetListenerClientFunc,
    data: gpointer,
    notify: GDestroyNotify,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        qio_net_listener_set_client_func_full(listener, func, data, notify, null_mut());
    }
}

/// Blocks until a client has come, for ever if there is no open socket. The function for
/// clients is not called meanwhile, and no main context of the program runs.
///
/// @param listener the listener
///
/// @return (transfer full): the client; never NULL.
///
/// # Safety
///
/// `listener` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_wait_client(
    listener: *mut QIONetListener,
) -> *mut QIOChannelSocket {
    // SAFETY: passed on to the caller.
    listener::wait_client(unsafe { &*listener }).into_raw()
}

/// Closes all sockets of a listener. They stay in its array; the function for clients
/// stays set, and is called for clients of sockets that are added later.
///
/// @param listener the listener
///
/// # Safety
///
/// `listener` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_disconnect(listener: *mut QIONetListener) {
    // SAFETY: passed on to the caller.
    unsafe { (*listener).disconnect() };
}

/// Tells whether a socket was added since the listener was created or disconnected.
///
/// @param listener the listener
///
/// @return true if one was.
///
/// # Safety
///
/// `listener` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_net_listener_is_connected(listener: *mut QIONetListener) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { (*listener).connected.get() }
}
