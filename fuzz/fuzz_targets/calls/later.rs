//! Watches, handshakes, tasks and coroutines.

use std::ffi::c_void;
use std::ptr::null_mut;

use glib_sys::{
    G_IO_HUP, G_IO_IN, G_IO_OUT, G_SOURCE_CONTINUE, G_SOURCE_REMOVE, GIOCondition, g_source_unref,
    gboolean, gpointer,
};
use qiochannel::abi::io::channel::QIOChannel;
use qiochannel::abi::io::task::QIOTask;
use qiochannel::capi::io::channel::{
    qio_channel_add_watch_source, qio_channel_create_watch, qio_channel_read,
    qio_channel_read_all_eof, qio_channel_write_all,
};
use qiochannel::capi::io::channel_tls::qio_channel_tls_handshake;
use qiochannel::capi::io::channel_websock::qio_channel_websock_handshake;
use qiochannel::capi::io::task::{
    qio_task_complete, qio_task_get_result_pointer, qio_task_new, qio_task_propagate_error,
    qio_task_run_in_thread, qio_task_set_result_pointer, qio_task_wait_thread,
};
use qiochannel::capi::qemu::coroutine::{qemu_coroutine_create, qemu_coroutine_enter};
use qiochannel::capi::qom::object::{object_ref, object_unref};
use qiochannel_fuzz::census;
use qiochannel_fuzz::input::Input;
use qiochannel_fuzz::object::call;

use crate::world::{Kind, Slot, World, destroy, release};

pub(crate) fn add_watch(world: &World, input: &mut Input<'_>) {
    let Some(slot) = world.choose(input) else { return };
    let condition = [G_IO_IN, G_IO_OUT, G_IO_IN | G_IO_OUT, G_IO_IN | G_IO_HUP][input.below(4)];
    let callback = [once, always, once, reads][input.below(4)];
    // Only one reads at a time.
    let callback = if slot.is_read { once } else { callback };
    // SAFETY: the channel is alive; the world outlives its watches.
    unsafe {
        if input.below(8) == 0 {
            // One that nobody ever attaches.
            g_source_unref(qio_channel_create_watch(slot.channel, condition));
            return;
        }
        let (data, context) = (world.as_opaque(), null_mut());
        let (callback, released) = (Some(callback), Some(release as _));
        let source = qio_channel_add_watch_source(
            slot.channel,
            condition,
            callback,
            data,
            released,
            context,
        );
        world.watches.borrow_mut().push((slot.channel, source));
    }
}

unsafe extern "C" fn once(_: *mut QIOChannel, condition: GIOCondition, _: gpointer) -> gboolean {
    assert_ne!(condition, 0);
    G_SOURCE_REMOVE
}

unsafe extern "C" fn always(_: *mut QIOChannel, condition: GIOCondition, _: gpointer) -> gboolean {
    assert_ne!(condition, 0);
    G_SOURCE_CONTINUE
}

unsafe extern "C" fn reads(
    channel: *mut QIOChannel,
    _condition: GIOCondition,
    world: gpointer,
) -> gboolean {
    // SAFETY: the user data is the world; the channel is alive.
    unsafe {
        let mut is_read = true;
        (*world.cast::<World>()).change(channel, |slot| is_read = slot.is_read);
        let mut buffer = [0; 100];
        if !is_read {
            let data = buffer.as_mut_ptr();
            call(|errp| qio_channel_read(channel, data, buffer.len(), errp));
        }
    }
    G_SOURCE_REMOVE
}

pub(crate) fn remove_watch(world: &World, input: &mut Input<'_>) {
    let mut watches = world.watches.borrow_mut();
    let index = input.below(8);
    if index < watches.len() {
        let (_, source) = watches.remove(index);
        drop(watches);
        destroy(source);
    }
}

pub(crate) fn shake_hands(world: &World, input: &mut Input<'_>) {
    let can_start = |slot: &Slot| slot.is_fresh && !slot.is_dead;
    let Some(slot) = world.choose(input).filter(can_start) else { return };
    let channel = slot.channel;
    let layers = [Kind::Websock, Kind::TlsServer, Kind::TlsClient];
    world.change(channel, |slot| slot.is_fresh = !layers.contains(&slot.kind));
    // SAFETY: the channel is alive and of that type; the world outlives the handshake.
    unsafe {
        match slot.kind {
            Kind::Websock => {
                let world = world.as_opaque();
                qio_channel_websock_handshake(channel.cast(), Some(over), world, Some(release));
            }
            Kind::TlsServer | Kind::TlsClient => {
                let (world, context) = (world.as_opaque(), null_mut());
                let released = Some(release as _);
                qio_channel_tls_handshake(channel.cast(), Some(over), world, released, context);
            }
            Kind::Memory | Kind::File | Kind::Socket => {}
        }
    }
}

/// An operation is over.
unsafe extern "C" fn over(task: *mut QIOTask, _world: gpointer) {
    // SAFETY: the task is over.
    let (failed, message) = call(|errp| unsafe { qio_task_propagate_error(task, errp) });
    assert_eq!(failed, message.is_some());
}

/// What a coroutine does.
struct Job {
    world: *const World,
    channel: *mut QIOChannel,
    writes: bool,
    length: usize,
}

/// A coroutine that waits for the channel as long as it takes: until it is shut down.
pub(crate) fn enter_coroutine(world: &World, input: &mut Input<'_>) {
    let Some(slot) = world.choose(input) else { return };
    let writes = input.flag();
    let busy = if writes { slot.is_written } else { slot.is_read };
    if busy || slot.kind != Kind::Socket {
        return;
    }
    let length = input.below(256) * if writes { 1024 } else { 16 };
    let job = Box::new(Job { world, channel: slot.channel, writes, length });
    world.coroutines.set(world.coroutines.get() + 1);
    world.change(slot.channel, |slot| mark(slot, writes, true));
    // SAFETY: a new coroutine is entered once; it frees its job. It has its own
    // reference to the channel.
    unsafe {
        object_ref(slot.channel.cast());
        world.change(slot.channel, |slot| slot.references += 1);
        let job = Box::into_raw(job).cast();
        qemu_coroutine_enter(qemu_coroutine_create(Some(transfer), job));
    }
}

fn mark(slot: &mut Slot, writes: bool, busy: bool) {
    if writes {
        slot.is_written = busy;
    } else {
        slot.is_read = busy;
    }
}

unsafe extern "C" fn transfer(job: *mut c_void) {
    // SAFETY: the job is the coroutine's; the channel and the world are alive.
    unsafe {
        let job = Box::from_raw(job.cast::<Job>());
        let mut buffer = vec![b'c'; job.length];
        let data = buffer.as_mut_ptr().cast();
        let (status, message) = call(|errp| match job.writes {
            true => qio_channel_write_all(job.channel, data, job.length, errp),
            false => qio_channel_read_all_eof(job.channel, data, job.length, errp),
        });
        assert_eq!(status < 0, message.is_some(), "{status}: {message:?}");
        let world = &*job.world;
        world.coroutines.set(world.coroutines.get() - 1);
        world.change(job.channel, |slot| {
            mark(slot, job.writes, false);
            slot.references -= 1;
        });
        object_unref(job.channel.cast());
    }
}

/// A task of the fuzzer's own, done at once, by a thread, or by a thread that is waited
/// for.
pub(crate) fn run_task(world: &World, input: &mut Input<'_>) {
    let Some(slot) = world.choose(input) else { return };
    let how = input.below(3);
    // SAFETY: the source is alive; the world outlives its tasks, and waits for its
    // threads.
    unsafe {
        let source = slot.channel.cast();
        let task = qio_task_new(source, Some(done), world.as_opaque(), Some(release));
        world.threads.set(world.threads.get() + 1);
        if how == 0 {
            work(task, null_mut());
            qio_task_complete(task);
            return;
        }
        qio_task_run_in_thread(task, Some(work), null_mut(), None, null_mut());
        if how == 1 {
            qio_task_wait_thread(task);
        }
    }
    census::run(1);
}

unsafe extern "C" fn work(task: *mut QIOTask, _: gpointer) {
    // SAFETY: the task is alive, and this thread's for now.
    unsafe {
        let result = glib_sys::g_malloc(10);
        qio_task_set_result_pointer(task, result, Some(glib_sys::g_free));
    }
}

unsafe extern "C" fn done(task: *mut QIOTask, world: gpointer) {
    // SAFETY: the user data is the world; the task is over.
    let world = unsafe { &*world.cast::<World>() };
    world.threads.set(world.threads.get() - 1);
    // SAFETY: as above.
    assert!(!unsafe { qio_task_get_result_pointer(task) }.is_null());
    // SAFETY: as above.
    unsafe { over(task, world.as_opaque()) };
    world.alive.set(world.alive.get() - 1);
}
