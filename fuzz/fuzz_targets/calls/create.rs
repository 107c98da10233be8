//! Calls that make objects.

use std::ffi::{CStr, CString, c_int};
use std::ptr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use glib_sys::{g_malloc0, g_strdup, gpointer};
use qiochannel::abi::io::channel::QIOChannel;
use qiochannel::abi::io::channel_socket::QIOChannelSocket;
use qiochannel::abi::io::net_listener::QIONetListener;
use qiochannel::abi::io::task::QIOTask;
use qiochannel::abi::qapi::qapi_types_sockets::{
    SocketAddress, SocketAddressType, UnixSocketAddress,
};
use qiochannel::abi::qemu::typedefs::Error;
use qiochannel::capi::io::channel::qio_channel_set_blocking;
use qiochannel::capi::io::channel_buffer::qio_channel_buffer_new;
use qiochannel::capi::io::channel_file::qio_channel_file_new_fd;
use qiochannel::capi::io::channel_null::qio_channel_null_new;
use qiochannel::capi::io::channel_socket::{
    qio_channel_socket_connect_async, qio_channel_socket_connect_sync, qio_channel_socket_new,
    qio_channel_socket_new_fd,
};
use qiochannel::capi::io::channel_tls::{qio_channel_tls_new_client, qio_channel_tls_new_server};
use qiochannel::capi::io::channel_util::qio_channel_new_fd;
use qiochannel::capi::io::channel_websock::{
    qio_channel_websock_new_client, qio_channel_websock_new_server,
};
use qiochannel::capi::io::net_listener::{
    qio_net_listener_new, qio_net_listener_open_sync, qio_net_listener_set_client_func,
};
use qiochannel::capi::io::task::{qio_task_get_source, qio_task_propagate_error};
use qiochannel::capi::qapi::qapi_types_sockets::qapi_free_SocketAddress;
use qiochannel::capi::qom::object::{object_ref, object_unref};
use qiochannel::capi::qom::object_interfaces::user_creatable_complete;
use qiochannel_fuzz::input::Input;
use qiochannel_fuzz::io;
use qiochannel_fuzz::object::{Owned, call};

use crate::world::{Kind, World, end_listener, release};

/// How many clients may wait to be accepted: more than there can be channels.
const BACKLOG: c_int = 64;

pub(crate) fn buffer(world: &World, input: &mut Input<'_>) {
    if world.has_room() {
        let channel = qio_channel_buffer_new(input.below(256));
        world.add(channel.cast(), Kind::Memory);
    }
}

pub(crate) fn null(world: &World) {
    if world.has_room() {
        world.add(qio_channel_null_new().cast(), Kind::Memory);
    }
}

pub(crate) fn file(world: &World, input: &mut Input<'_>) {
    if !world.has_room() {
        return;
    }
    // SAFETY: a C string and a known flag.
    let fd = unsafe { libc::memfd_create(c"fuzz".as_ptr(), libc::MFD_CLOEXEC) };
    assert!(fd >= 0);
    let channel = match input.flag() {
        true => qio_channel_file_new_fd(fd).cast(),
        // SAFETY: the descriptor is given away.
        false => succeed(|errp| unsafe { qio_channel_new_fd(fd, errp) }),
    };
    world.add(channel, Kind::File);
}

pub(crate) fn socket_pair(world: &World, input: &mut Input<'_>) {
    if !world.has_room() {
        return;
    }
    let is_generic = input.flag();
    for fd in io::socket_pair() {
        // SAFETY: the descriptor is given away.
        let channel = succeed(|errp| unsafe {
            match is_generic {
                true => qio_channel_new_fd(fd, errp),
                false => qio_channel_socket_new_fd(fd, errp).cast(),
            }
        });
        world.add(channel, Kind::Socket);
    }
}

/// A channel that nothing uses and that another one can be put on.
fn foundation(world: &World, input: &mut Input<'_>) -> Option<*mut QIOChannel> {
    let slot = world.choose(input).filter(|slot| {
        matches!(slot.kind, Kind::Socket | Kind::TlsServer | Kind::TlsClient)
            && !slot.is_dead
            && !slot.is_read
            && !slot.is_written
            && world.has_room()
    })?;
    world.unwatch(Some(slot.channel));
    world.change(slot.channel, |slot| slot.is_covered = true);
    Some(slot.channel)
}

pub(crate) fn websock(world: &World, input: &mut Input<'_>) {
    let is_client = input.flag();
    let Some(master) = foundation(world, input) else { return };
    // SAFETY: the master is alive; C strings.
    let channel = unsafe {
        match is_client {
            true => succeed(|errp| {
                qio_channel_websock_new_client(
                    master,
                    c"a".as_ptr(),
                    ptr::null(),
                    ptr::null(),
                    errp,
                )
            }),
            false => qio_channel_websock_new_server(master),
        }
    };
    world.add(channel.cast(), Kind::Websock);
    hold_less(world, master, input);
}

pub(crate) fn tls(world: &World, input: &mut Input<'_>) {
    let is_client = input.flag();
    let Some(master) = foundation(world, input) else { return };
    let credentials = if is_client { &CREDENTIALS.client } else { &CREDENTIALS.server }.as_ptr();
    // SAFETY: the master and the credentials are alive; C strings.
    let channel = unsafe {
        match is_client {
            true => {
                succeed(|errp| qio_channel_tls_new_client(master, credentials, c"a".as_ptr(), errp))
            }
            false => {
                succeed(|errp| qio_channel_tls_new_server(master, credentials, ptr::null(), errp))
            }
        }
    };
    let kind = if is_client { Kind::TlsClient } else { Kind::TlsServer };
    world.add(channel.cast(), kind);
    hold_less(world, master, input);
}

/// Maybe leaves a master to the channel above it.
fn hold_less(world: &World, master: *mut QIOChannel, input: &mut Input<'_>) {
    if input.below(4) == 0
        && let Some(slot) = world.remove(master)
    {
        // SAFETY: the references of the slot. The channel above has its own.
        (0..slot.references).for_each(|_| unsafe { object_unref(master.cast()) });
    }
}

/// Credentials that need no files. They live as long as the process.
struct Credentials {
    server: Owned,
    client: Owned,
}

// SAFETY: there is one thread that uses them.
unsafe impl Send for Credentials {}
// SAFETY: as above.
unsafe impl Sync for Credentials {}

static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| {
    let anonymous = |endpoint: &CStr| {
        let credentials = Owned::new(c"tls-creds-anon");
        assert!(credentials.set(c"endpoint", endpoint));
        // SAFETY: a live object of a type that can be completed.
        assert!(succeed(|errp| unsafe { user_creatable_complete(credentials.as_ptr(), errp) }));
        credentials
    };
    Credentials { server: anonymous(c"server"), client: anonymous(c"client") }
});

fn succeed<T>(function: impl FnOnce(*mut *mut Error) -> T) -> T {
    let (result, message) = call(function);
    assert_eq!(message, None);
    result
}

/// An abstract address that nobody else has.
fn address(number: c_int) -> *mut SocketAddress {
    let name = CString::new(format!("qiochannel-fuzz-{}-{number}", std::process::id()));
    let name = name.expect("no NUL");
    // SAFETY: zeros are a valid address; the type goes with the member.
    unsafe {
        let address = g_malloc0(size_of::<SocketAddress>()).cast::<SocketAddress>();
        (*address).r#type = SocketAddressType::SOCKET_ADDRESS_TYPE_UNIX as u32;
        (*address).u.q_unix = UnixSocketAddress {
            path: g_strdup(name.as_ptr()),
            has_abstract: 1,
            r#abstract: 1,
            has_tight: 0,
            tight: 0,
        };
        address
    }
}

pub(crate) fn listener(world: &World, input: &mut Input<'_>) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    if world.listeners.borrow().len() >= 4 {
        return;
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed).cast_signed();
    let listener = qio_net_listener_new();
    let address = address(number);
    // SAFETY: all are alive; the world outlives its listeners.
    unsafe {
        succeed(|errp| qio_net_listener_open_sync(listener, address, BACKLOG, errp));
        if input.flag() {
            let world = world.as_opaque();
            qio_net_listener_set_client_func(listener, Some(accept), world, Some(release));
        }
        qapi_free_SocketAddress(address);
    }
    world.listeners.borrow_mut().push((listener, number));
}

pub(crate) fn drop_listener(world: &World, input: &mut Input<'_>) {
    let mut listeners = world.listeners.borrow_mut();
    let index = input.below(4);
    if index < listeners.len() {
        let (listener, _) = listeners.remove(index);
        drop(listeners);
        end_listener(listener);
    }
}

/// A listener has a client.
unsafe extern "C" fn accept(
    _listener: *mut QIONetListener,
    client: *mut QIOChannelSocket,
    world: gpointer,
) {
    // SAFETY: the user data is the world.
    let world = unsafe { &*world.cast::<World>() };
    if world.has_room() {
        // SAFETY: the client is alive.
        unsafe { object_ref(client.cast()) };
        take_connected(world, client.cast());
    }
}

/// Takes over a socket that may block so far.
fn take_connected(world: &World, channel: *mut QIOChannel) {
    // SAFETY: the channel is alive.
    succeed(|errp| unsafe { qio_channel_set_blocking(channel, false, errp) });
    world.add(channel, Kind::Socket);
}

/// Takes over a socket that was not connected.
fn take_dead(world: &World, channel: *mut QIOChannel) {
    world.add(channel, Kind::Socket);
    world.change(channel, |slot| slot.is_dead = true);
}

/// The address of one of the listeners, or one where nobody listens.
fn some_address(world: &World, input: &mut Input<'_>) -> *mut SocketAddress {
    let listeners = world.listeners.borrow();
    address(listeners.get(input.below(4)).map_or(-1, |(_, number)| *number))
}

pub(crate) fn connection(world: &World, input: &mut Input<'_>) {
    if !world.has_room() {
        return;
    }
    let channel = qio_channel_socket_new();
    let address = some_address(world, input);
    // SAFETY: both are alive.
    let (status, message) =
        call(|errp| unsafe { qio_channel_socket_connect_sync(channel, address, errp) });
    assert_eq!(status == 0, message.is_none(), "{message:?}");
    // SAFETY: this function's address.
    unsafe { qapi_free_SocketAddress(address) };
    match status {
        0 => take_connected(world, channel.cast()),
        _ => take_dead(world, channel.cast()),
    }
}

pub(crate) fn connection_later(world: &World, input: &mut Input<'_>) {
    if !world.has_room() {
        return;
    }
    let channel = qio_channel_socket_new();
    let address = some_address(world, input);
    world.threads.set(world.threads.get() + 1);
    // SAFETY: all are alive; the task has its own reference to the channel, and its own
    // copy of the address. The world waits for its threads.
    unsafe {
        qio_channel_socket_connect_async(
            channel,
            address,
            Some(connected),
            world.as_opaque(),
            Some(release),
            ptr::null_mut(),
        );
        qapi_free_SocketAddress(address);
    }
}

/// A thread has connected, or not.
unsafe extern "C" fn connected(task: *mut QIOTask, world: gpointer) {
    // SAFETY: the user data is the world.
    let world = unsafe { &*world.cast::<World>() };
    world.threads.set(world.threads.get() - 1);
    // SAFETY: the task is over; its source is the channel, to which `connection_later`
    // left its reference.
    let (channel, (failed, message)) =
        unsafe { (qio_task_get_source(task), call(|errp| qio_task_propagate_error(task, errp))) };
    assert_eq!(failed, message.is_some());
    match failed {
        true => take_dead(world, channel.cast()),
        false => take_connected(world, channel.cast()),
    }
}
