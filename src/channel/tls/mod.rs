//! TLS over any channel.
//!
//! The channel gives a session of the host's two functions that move encrypted
//! bytes over its *master*, and turns reads and writes into calls of the session.
//!
//! | file | idea |
//! |---|---|
//! | `state` | the lock of the session and what else shares its word |
//! | `transport` | from the session to the master |
//! | `handshake` | a task that waits on the master as often as needed |
//! | `read`, `write` | records from and to the caller's buffers |
//! | `bye` | the proper end of a session (standalone only) |
//! | `watch` | a source that knows what is decrypted already |
//! | `cold` | what is needed by failures and handshakes only |

#[cfg(all(feature = "runtime", feature = "backports"))]
mod bye;
mod cold;
mod handshake;
mod read;
mod state;
mod transport;
mod watch;
mod write;

use std::ffi::{CStr, c_char};
use std::ptr::null_mut;
use std::sync::atomic::Ordering;

use glib_sys::GIOCondition;

use super::dispatch::Channel;
#[cfg(feature = "backports")]
use super::extension::class::Extension;
use super::request::{Read, ReadFlags, Write};
use super::watch::Watch;
use super::{ChannelImpl, Shutdown, Transfer};
use crate::abi::crypto::tlscreds::QCryptoTLSCreds;
use crate::abi::io::channel::{QIOChannel, QIOChannelFeature};
use crate::abi::io::channel_tls::QIOChannelTLS;
use crate::abi::qapi::qapi_types_crypto::QCryptoTLSCredsEndpoint;
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::error::OwnedError;
use crate::host::object::{self, ObjectRef, ObjectType};
use crate::host::tls::{Parameters, Session};
use crate::sys::Errno;
use state::State;

#[cfg(all(feature = "runtime", feature = "backports"))]
pub(crate) use bye::bye;
pub(crate) use handshake::start as start_handshake;
pub(super) use watch::child_of;

// SAFETY: `repr(C)`, starts with a QIOChannel, registered with its size.
unsafe impl ObjectType for QIOChannelTLS {
    const TYPE_NAME: &'static CStr = c"qio-channel-tls";
}

/// A channel that is the client of a connection.
///
/// # Safety
///
/// `master` and `credentials` are live objects of their classes, `hostname` is NULL
/// or a C string.
pub(crate) unsafe fn new_client(
    master: *mut QIOChannel,
    credentials: *mut QCryptoTLSCreds,
    hostname: *const c_char,
) -> Result<ObjectRef<QIOChannelTLS>, Error> {
    let endpoint = QCryptoTLSCredsEndpoint::QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT;
    let authz_id = null_mut();
    // SAFETY: passed on to the caller.
    unsafe { new(master, &Parameters { credentials, hostname, authz_id, endpoint }) }
}

/// A channel that is the server of a connection.
///
/// # Safety
///
/// As for [`new_client`], for `authz_id`.
pub(crate) unsafe fn new_server(
    master: *mut QIOChannel,
    credentials: *mut QCryptoTLSCreds,
    authz_id: *const c_char,
) -> Result<ObjectRef<QIOChannelTLS>, Error> {
    let endpoint = QCryptoTLSCredsEndpoint::QCRYPTO_TLS_CREDS_ENDPOINT_SERVER;
    let hostname = null_mut();
    // SAFETY: passed on to the caller.
    unsafe { new(master, &Parameters { credentials, hostname, authz_id, endpoint }) }
}

unsafe fn new(
    master: *mut QIOChannel,
    parameters: &Parameters,
) -> Result<ObjectRef<QIOChannelTLS>, Error> {
    let channel = ObjectRef::<QIOChannelTLS>::new();
    // SAFETY: the caller vouches for the master and the parameters. The callbacks
    // get the channel, which frees the session when it goes away.
    unsafe {
        object::retain(master.cast());
        channel.master.set(master);
        let shutdown = QIOChannelFeature::QIO_CHANNEL_FEATURE_SHUTDOWN as u32;
        if Channel::from_raw(master).has_feature(shutdown) {
            Channel::of(&*channel).set_feature(shutdown);
        }
        let session = Session::create(parameters).map_err(host_error)?;
        channel.session.set(session.as_ptr());
        let opaque = std::ptr::from_ref::<QIOChannelTLS>(&channel).cast_mut();
        session.set_callbacks(Some(transport::push), Some(transport::pull), opaque.cast());
    }
    Ok(channel)
}

/// The error of a failed call into the host.
#[track_caller]
fn host_error(error: Option<OwnedError>) -> Error {
    error.map_or_else(|| Error::new("TLS failed without an error"), Error::from)
}

impl QIOChannelTLS {
    /// The lock word.
    #[inline]
    fn state(&self) -> State<'_> {
        State(&self.state)
    }

    /// The channel that carries the encrypted bytes.
    #[inline]
    fn master(&self) -> Result<Channel<'_>, Error> {
        match self.master.get() {
            master if master.is_null() => Err(unfinished()),
            // SAFETY: this channel has a reference to its master.
            master => Ok(unsafe { Channel::from_raw(master) }),
        }
    }

    /// The session.
    #[inline]
    fn session(&self) -> Result<Session, Error> {
        // SAFETY: the session lives as long as the channel.
        unsafe { Session::from_raw(self.session.get()) }.ok_or_else(unfinished)
    }

    /// Whether a direction was shut down (a bit of `QIOChannelShutdown`).
    fn is_shut_down(&self, direction: u32) -> bool {
        self.shutdown.load(Ordering::SeqCst) & direction != 0
    }
}

/// The error of a channel that no constructor has finished.
#[cold]
fn unfinished() -> Error {
    Error::with_errno(Errno::new(libc::EINVAL), "TLS channel has no session")
}

impl ChannelImpl for QIOChannelTLS {
    const FINALIZE: Option<fn(&Self)> = Some(|channel| {
        cold::forget(channel);
        let master = channel.master.replace(null_mut());
        // SAFETY: nobody uses the channel any more; it owns a reference to its
        // master, and its session.
        unsafe {
            if !master.is_null() {
                object::release(master.cast());
            }
            if let Some(session) = Session::from_raw(channel.session.replace(null_mut())) {
                session.free();
            }
        }
    });
    const SHUTDOWN: Option<Shutdown<Self>> = Some(|channel, how| {
        // First, so that whoever is woken up by it sees why.
        channel.shutdown.fetch_or(how, Ordering::SeqCst);
        channel.master()?.shutdown_inner(how)
    });
    const SET_CORK: Option<fn(&Self, bool)> = Some(|channel, enabled| {
        if let Ok(master) = channel.master() {
            master.set_cork(enabled);
        }
    });
    const SET_DELAY: Option<fn(&Self, bool)> = Some(|channel, enabled| {
        if let Ok(master) = channel.master() {
            master.set_delay(enabled);
        }
    });
    const SET_AIO_FD_HANDLER: Option<fn(&Self, FdHandlers)> = Some(|channel, handlers| {
        if let Ok(master) = channel.master() {
            master.set_aio_fd_handler(handlers);
        }
    });

    #[cfg(feature = "backports")]
    const EXTENSION: Extension<Self> = Extension {
        readv: Some(|channel, request, flags| channel.read_record(request.buffers, flags)),
        ..Extension::NONE
    };

    #[inline]
    fn writev(&self, request: Write<'_>) -> Transfer {
        self.write_records(request.buffers)
    }

    #[inline]
    fn readv(&self, request: Read<'_>) -> Transfer {
        self.read_record(request.buffers, ReadFlags::NONE)
    }

    fn close(&self) -> Result<(), Error> {
        cold::cancel_waiting(self);
        self.master()?.close_inner()
    }

    fn set_blocking(&self, enabled: bool) -> Result<(), Error> {
        self.master()?.set_blocking_inner(enabled)
    }

    fn create_watch(&self, condition: GIOCondition) -> Watch {
        watch::create(self, condition)
    }
}
