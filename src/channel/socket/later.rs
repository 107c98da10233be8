//! Connecting and listening in threads of their own.

use std::ffi::c_int;
use std::ptr::null_mut;

use glib_sys::GMainContext;

use crate::abi::io::channel_socket::QIOChannelSocket;
use crate::abi::io::task::QIOTask;
use crate::error::Error;
use crate::host::address::OwnedAddress;
use crate::task::{self, Task};

/// The channel that a task is about.
fn channel_of(task: &Task) -> &QIOChannelSocket {
    // SAFETY: the tasks of this file have a socket channel as their source, and keep
    // it alive.
    unsafe { &*task.source().cast::<QIOChannelSocket>() }
}

/// Leaves the outcome in the task.
fn finish(task: &Task, result: Result<(), Error>) {
    if let Err(error) = result {
        task.set_error(error.into_object(c"qio_channel_socket"));
    }
}

/// Connects the task's channel to an address.
///
/// # Safety
///
/// The source of `task` is a socket channel; the rest is as for
/// [`Task::run_in_thread`].
pub(crate) unsafe fn connect_later(
    task: *mut QIOTask,
    address: OwnedAddress,
    context: *mut GMainContext,
) {
    fn work(task: &Task, address: &OwnedAddress) {
        // SAFETY: an owned address is valid.
        finish(task, unsafe { channel_of(task).connect(address.as_ptr()) });
    }
    // SAFETY: passed on to the caller.
    unsafe { task::run(task, address, work, context) };
}

/// Makes the task's channel listen at an address.
///
/// # Safety
///
/// As for [`connect_later`].
pub(crate) unsafe fn listen_later(
    task: *mut QIOTask,
    address: OwnedAddress,
    backlog: c_int,
    context: *mut GMainContext,
) {
    fn work(task: &Task, (address, backlog): &(OwnedAddress, c_int)) {
        // SAFETY: an owned address is valid.
        finish(task, unsafe { channel_of(task).listen(address.as_ptr(), *backlog) });
    }
    // SAFETY: passed on to the caller.
    unsafe { task::run(task, (address, backlog), work, context) };
}

/// Makes the task's channel send datagrams from `local`, or any address, to `remote`.
///
/// # Safety
///
/// As for [`connect_later`].
pub(crate) unsafe fn datagram_later(
    task: *mut QIOTask,
    local: Option<OwnedAddress>,
    remote: OwnedAddress,
    context: *mut GMainContext,
) {
    fn work(task: &Task, (local, remote): &(Option<OwnedAddress>, OwnedAddress)) {
        let local = local.as_ref().map_or(null_mut(), OwnedAddress::as_ptr);
        // SAFETY: owned addresses are valid, and a local one may be NULL.
        finish(task, unsafe { channel_of(task).datagram(local, remote.as_ptr()) });
    }
    // SAFETY: passed on to the caller.
    unsafe { task::run(task, (local, remote), work, context) };
}
