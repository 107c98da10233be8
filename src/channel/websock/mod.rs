//! WebSocket: a stream of bytes in frames over another channel. RFC 6455.
//!
//! | file | idea |
//! |---|---|
//! | `frame`, `mask` | frames as bytes and events |
//! | `handshake` | the HTTP heads as text |
//! | `state` | what a channel keeps, and what holds for it |
//! | `opening`, `completion` | the handshake, and telling what came of it |
//! | `input`, `output`, `queue`, `random` | receiving and sending |
//! | `background` | what goes on without a call |
//! | `source` | the watches of users |
//! | `handlers` | waiting coroutines |
//! | `closing` | the end |
//! | `parts` | what benchmarks and fuzzing may reach |

#![deny(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod background;
mod closing;
mod completion;
mod frame;
mod handlers;
mod handshake;
mod input;
mod mask;
mod opening;
mod output;
#[cfg(feature = "internals")]
pub mod parts;
mod queue;
mod random;
mod source;
mod state;

use std::ffi::CStr;
use std::ptr::NonNull;

use glib_sys::GIOCondition;

use super::dispatch::Channel;
use super::request::{Read, Write};
use super::watch::Watch;
use super::{ChannelImpl, Shutdown, Transfer};
use crate::abi::io::channel::QIOChannelFeature;
use crate::abi::io::channel_websock::QIOChannelWebsock;
use crate::abi::io::task::QIOTaskFunc;
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::object::{self, ObjectRef, ObjectType};
use crate::sys::Errno;
use crate::task::Owned;
use completion::Completion;
use handshake::ClientRequest;
use state::State;

// SAFETY: `repr(C)`, starts with a QIOChannel, registered with its size.
unsafe impl ObjectType for QIOChannelWebsock {
    const TYPE_NAME: &'static CStr = c"qio-channel-websock";
}

/// The server's end of a connection that `master` carries.
pub(crate) fn server(master: Channel<'_>) -> ObjectRef<QIOChannelWebsock> {
    new(master, None)
}

/// The client's end of a connection that `master` carries.
#[cfg(any(feature = "runtime", feature = "backports"))]
pub(crate) fn client(
    master: Channel<'_>,
    host: &[u8],
    path: Option<&[u8]>,
    protocol: Option<&[u8]>,
) -> Result<ObjectRef<QIOChannelWebsock>, Error> {
    let request = ClientRequest::new(host, path, protocol)
        .map_err(|message| Error::with_errno(Errno::new(libc::EINVAL), message))?;
    Ok(new(master, Some(request)))
}

fn new(master: Channel<'_>, request: Option<ClientRequest>) -> ObjectRef<QIOChannelWebsock> {
    closing::prepare();
    let channel = ObjectRef::<QIOChannelWebsock>::new();
    channel.replace_state(Some(State::new(NonNull::from(&*channel), request)));
    // SAFETY: the master is alive; finalize drops this reference.
    unsafe { object::retain(master.as_ptr().cast()) };
    channel.master.set(master.as_ptr());
    let shutdown = QIOChannelFeature::QIO_CHANNEL_FEATURE_SHUTDOWN as u32;
    if master.has_feature(shutdown) {
        Channel::of(&*channel).set_feature(shutdown);
    }
    channel
}

/// How many bytes of frames wait to be sent.
#[cfg(any(feature = "runtime", feature = "backports"))]
pub(crate) fn pending(channel: &QIOChannelWebsock) -> usize {
    output::pending(channel)
}

/// Starts the handshake; `function` is called when it is over.
pub(crate) fn handshake(channel: &QIOChannelWebsock, function: QIOTaskFunc, opaque: Owned) {
    opening::start(channel, Completion::new(channel, function, opaque));
}

impl ChannelImpl for QIOChannelWebsock {
    // A channel that C code makes with object_new() is a server's without a master.
    const INIT: Option<fn(&Self)> = Some(|channel| {
        let state = State::new(NonNull::from(channel), None);
        channel.replace_state(Some(state));
    });
    const FINALIZE: Option<fn(&Self)> = Some(|channel| {
        let state = channel.state();
        state.link.cut();
        background::disarm(channel);
        state.handlers.clear();
        channel.replace_state(None);
        let master = channel.master.replace(std::ptr::null_mut());
        if !master.is_null() {
            // SAFETY: the channel's own reference.
            unsafe { object::release(master.cast()) };
        }
    });
    const SHUTDOWN: Option<Shutdown<Self>> =
        Some(|channel, how| inner_of(channel)?.shutdown_inner(how));
    const SET_CORK: Option<fn(&Self, bool)> = Some(|channel, enabled| {
        if let Some(inner) = channel.inner() {
            inner.set_cork(enabled);
        }
    });
    const SET_DELAY: Option<fn(&Self, bool)> = Some(|channel, enabled| {
        if let Some(inner) = channel.inner() {
            inner.set_delay(enabled);
        }
    });
    const SET_AIO_FD_HANDLER: Option<fn(&Self, FdHandlers)> = Some(handlers::set);

    fn writev(&self, request: Write<'_>) -> Transfer {
        output::writev(self, request.buffers)
    }

    fn readv(&self, request: Read<'_>) -> Transfer {
        input::readv(self, request.buffers)
    }

    fn close(&self) -> Result<(), Error> {
        closing::close(self)
    }

    fn set_blocking(&self, enabled: bool) -> Result<(), Error> {
        inner_of(self)?.set_blocking_inner(enabled)
    }

    fn create_watch(&self, condition: GIOCondition) -> Watch {
        source::create(self, condition)
    }
}

/// The channel below, which only a bare object is without.
fn inner_of(channel: &QIOChannelWebsock) -> Result<Channel<'_>, Error> {
    channel.inner().ok_or_else(|| {
        Error::with_errno(Errno::new(libc::ENOTCONN), "WebSocket has no channel below it")
    })
}
