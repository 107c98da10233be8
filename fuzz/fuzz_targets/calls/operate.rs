//! Calls on channels.

use std::ffi::c_int;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::sync::LazyLock;

use glib_sys::g_free;
use qiochannel::abi::qapi::qapi_types_sockets::SocketAddress;
use qiochannel::abi::qemu::typedefs::Error;
use qiochannel::capi::io::channel::{
    qio_channel_close, qio_channel_flush, qio_channel_has_feature, qio_channel_io_seek,
    qio_channel_read_all, qio_channel_read_all_eof, qio_channel_set_blocking, qio_channel_set_cork,
    qio_channel_set_delay, qio_channel_set_name, qio_channel_shutdown, qio_channel_write_all,
};
use qiochannel::capi::io::channel_socket::{
    qio_channel_socket_get_local_address, qio_channel_socket_get_remote_address,
};
use qiochannel::capi::qapi::qapi_types_sockets::qapi_free_SocketAddress;
use qiochannel::capi::qemu::sockets::socket_uri;
use qiochannel::capi::qom::object::{object_ref, object_unref};
use qiochannel_fuzz::input::Input;
use qiochannel_fuzz::io;
use qiochannel_fuzz::object::call;

use crate::world::{Kind, Slot, World};

/// What is sent along.
static DESCRIPTOR: LazyLock<File> =
    LazyLock::new(|| File::open("/dev/null").expect("there is always /dev/null"));

static LETTERS: [u8; 65536] = [b'q'; 65536];

fn readable(world: &World, input: &mut Input<'_>) -> Option<Slot> {
    world.choose(input).filter(|slot| !slot.is_read)
}

fn writable(world: &World, input: &mut Input<'_>) -> Option<Slot> {
    world.choose(input).filter(|slot| !slot.is_written)
}

/// A result and an error that must go together.
fn agree((status, message): (c_int, Option<String>)) -> bool {
    assert_eq!(status < 0, message.is_some(), "{status}: {message:?}");
    status >= 0
}

pub(crate) fn read(world: &World, input: &mut Input<'_>) {
    let Some(slot) = readable(world, input) else { return };
    let lengths = io::lengths(input, 16);
    // SAFETY: the channel is alive, and nobody else reads.
    unsafe { io::read(slot.channel, &lengths, None) };
}

pub(crate) fn write(world: &World, input: &mut Input<'_>) {
    let Some(slot) = writable(world, input) else { return };
    let lengths = io::lengths(input, 64);
    // SAFETY: the channel is alive, and nobody else writes.
    unsafe { io::write(slot.channel, &LETTERS, &lengths, &[]) };
}

pub(crate) fn read_descriptors(world: &World, input: &mut Input<'_>) {
    let Some(slot) = readable(world, input) else { return };
    let lengths = io::lengths(input, 1);
    let mut descriptors = Vec::new();
    // SAFETY: the channel is alive, and nobody else reads.
    unsafe { io::read(slot.channel, &lengths, Some(&mut descriptors)) };
    for fd in descriptors {
        // SAFETY: received, so the caller's own.
        let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
        assert_eq!(flags, libc::FD_CLOEXEC, "of a received descriptor");
        // SAFETY: as above.
        assert_eq!(unsafe { libc::close(fd) }, 0);
    }
}

pub(crate) fn write_descriptors(world: &World, input: &mut Input<'_>) {
    let Some(slot) = writable(world, input) else { return };
    let lengths = io::lengths(input, 1);
    let descriptors = vec![DESCRIPTOR.as_raw_fd(); input.below(20)];
    // SAFETY: the channel is alive, and nobody else writes.
    unsafe { io::write(slot.channel, &LETTERS, &lengths, &descriptors) };
}

/// Everything or an error, on channels that never make anybody wait.
pub(crate) fn transfer_all(world: &World, input: &mut Input<'_>) {
    let slot = world.choose(input);
    let Some(slot) = slot.filter(|slot| matches!(slot.kind, Kind::Memory | Kind::File)) else {
        return;
    };
    let mut buffer = vec![b'a'; input.below(256) * 8];
    let (data, length) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the channel is alive; the buffer is as long as that.
    unsafe {
        match input.below(3) {
            0 => _ = agree(call(|errp| qio_channel_write_all(slot.channel, data, length, errp))),
            1 => _ = agree(call(|errp| qio_channel_read_all(slot.channel, data, length, errp))),
            _ => {
                let result =
                    call(|errp| qio_channel_read_all_eof(slot.channel, data, length, errp));
                assert!((-1..=1).contains(&result.0));
                agree(result);
            }
        }
    }
}

pub(crate) fn close(world: &World, input: &mut Input<'_>) {
    let Some(slot) = world.choose(input) else { return };
    // A closed descriptor must not be waited for.
    if input.below(2) == 0 && !slot.is_read && !slot.is_written {
        world.unwatch(Some(slot.channel));
        world.change(slot.channel, |slot| slot.is_dead = true);
        // SAFETY: the channel is alive.
        agree(call(|errp| unsafe { qio_channel_close(slot.channel, errp) }));
    }
}

pub(crate) fn shut_down(world: &World, input: &mut Input<'_>) {
    let Some(slot) = world.choose(input) else { return };
    let how = input.below(3) as u32 + 1;
    // SAFETY: the channel is alive, and this is one of the directions.
    agree(call(|errp| unsafe { qio_channel_shutdown(slot.channel, how, errp) }));
}

pub(crate) fn adjust(world: &World, input: &mut Input<'_>) {
    let Some(Slot { channel, .. }) = world.choose(input) else { return };
    let how = input.byte();
    // SAFETY: the channel is alive; a C string.
    unsafe {
        agree(call(|errp| qio_channel_set_blocking(channel, false, errp)));
        qio_channel_set_cork(channel, how & 1 != 0);
        qio_channel_set_delay(channel, how & 2 != 0);
        let name = if how & 4 != 0 { c"name".as_ptr() } else { std::ptr::null() };
        qio_channel_set_name(channel, name);
        if how & 8 != 0 {
            agree(call(|errp| qio_channel_flush(channel, errp)));
        }
    }
}

pub(crate) fn seek(world: &World, input: &mut Input<'_>) {
    let Some(Slot { channel, .. }) = world.choose(input) else { return };
    let offset = i64::from(input.byte().cast_signed()) * 64;
    let whence = [libc::SEEK_SET, libc::SEEK_CUR, libc::SEEK_END][input.below(3)];
    // SAFETY: the channel is alive.
    let (position, message) =
        call(|errp| unsafe { qio_channel_io_seek(channel, offset, whence, errp) });
    assert_eq!(position < 0, message.is_some(), "{position}: {message:?}");
}

pub(crate) fn ask(world: &World, input: &mut Input<'_>) {
    let Some(Slot { channel, .. }) = world.choose(input) else { return };
    // SAFETY: the channel is alive.
    unsafe { qio_channel_has_feature(channel, input.below(4) as u32) };
}

pub(crate) fn addresses(world: &World, input: &mut Input<'_>) {
    let slot = world.choose(input).filter(|slot| slot.kind == Kind::Socket);
    let Some(Slot { channel, .. }) = slot else { return };
    let socket = channel.cast();
    // SAFETY: the channel is a live socket.
    unsafe {
        check_address(|errp| qio_channel_socket_get_local_address(socket, errp));
        check_address(|errp| qio_channel_socket_get_remote_address(socket, errp));
    }
}

fn check_address(get: impl FnOnce(*mut *mut Error) -> *mut SocketAddress) {
    let (address, message) = call(get);
    assert_eq!(address.is_null(), message.is_some(), "{message:?}");
    if !address.is_null() {
        // SAFETY: the caller's address; its text is freed once.
        unsafe {
            g_free(socket_uri(address).cast());
            qapi_free_SocketAddress(address);
        }
    }
}

pub(crate) fn count_references(world: &World, input: &mut Input<'_>) {
    let Some(slot) = world.choose(input) else { return };
    let channel = slot.channel;
    if input.flag() {
        // SAFETY: the channel is alive.
        unsafe { object_ref(channel.cast()) };
        world.change(channel, |slot| slot.references += 1);
    } else if slot.references > 1 && !slot.is_read && !slot.is_written {
        world.change(channel, |slot| slot.references -= 1);
        // SAFETY: one of the slot's references, and neither the last nor a coroutine's.
        unsafe { object_unref(channel.cast()) };
    }
}

/// Drops all references, unless a coroutine has some, or a handshake may wait for ever.
pub(crate) fn forget(world: &World, input: &mut Input<'_>) {
    let Some(slot) = world.choose(input) else { return };
    let is_idle = slot.is_fresh && !slot.is_read && !slot.is_written;
    if is_idle
        && input.flag()
        && let Some(slot) = world.remove(slot.channel)
    {
        // SAFETY: the references of the slot.
        (0..slot.references).for_each(|_| unsafe { object_unref(slot.channel.cast()) });
    }
}
