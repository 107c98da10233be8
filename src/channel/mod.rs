//! The framework and the channels.
//!
//! A channel class is a Rust type that implements `ChannelImpl`; `class` turns
//! it into the C vtable. Nothing here treats such a class better than one written
//! in C: every entry point goes through the class of the object (`dispatch`).
//!
//! | file | idea |
//! |---|---|
//! | `request` | what is asked of one read or write |
//! | `class` | a vtable from a `ChannelImpl`, registration of its type |
//! | `dispatch` | one call of one slot, with the checks of the base class |
//! | `transfer` | the helpers that move everything or fail |
//! | `wait` | blocking until a channel is ready |
//! | `coroutine` | suspending a coroutine until a channel is ready |
//! | `watch` | the GSources |
//! | `inner` | using a channel from inside another one |
//! | `extension` | virtual functions that the class struct has no slots for |
//! | `base` | the abstract base type |
//! | `old_class` | classes that are written for an older API |
//! | `private` | state of instances that their C structs have no room for |
//! | `buffer`, `command`, `file`, `null`, `socket`, `tls`, `websock` | the channels |

pub(crate) mod base;
pub(crate) mod buffer;
pub(crate) mod class;
pub(crate) mod command;
pub(crate) mod coroutine;
pub(crate) mod dispatch;
#[cfg(feature = "backports")]
pub(crate) mod extension;
pub(crate) mod file;
mod inner;
pub(crate) mod null;
#[cfg(feature = "runtime")]
pub(crate) mod old_class;
pub(crate) mod private;
pub(crate) mod remaining;
pub(crate) mod request;
mod sigpipe;
pub(crate) mod socket;
pub(crate) mod tls;
pub(crate) mod transfer;
pub(crate) mod wait;
pub(crate) mod watch;
pub(crate) mod websock;

use std::ffi::c_int;

use glib_sys::GIOCondition;

use crate::abi::values::QIOChannelShutdownValue;
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::object::ObjectType;
use crate::sys::{Buffers, Errno, fd};
use request::{Read, Write};
use watch::Watch;

/// Why a read or write transferred nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It would have to wait, and the channel is non-blocking.
    WouldBlock,
    /// It failed.
    Failed(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Failure {
    /// What an errno of a read or write means; `message` says what failed.
    #[cold]
    #[track_caller]
    pub(crate) fn from_errno(errno: Errno, message: &'static str) -> Self {
        if errno.is_would_block() {
            Self::WouldBlock
        } else {
            Self::Failed(Error::with_errno(errno, message))
        }
    }
}

/// Writes to a descriptor once. Taking none of the data is an error: a caller
/// that goes on until all is written would never end.
#[inline]
#[track_caller]
fn write_to_descriptor(fd: c_int, buffers: Buffers<'_>, message: &'static str) -> Transfer {
    match fd::writev(fd, buffers) {
        Ok(0) if buffers.total() != Some(0) => {
            Err(Failure::from_errno(Errno::new(libc::EIO), message))
        }
        Ok(count) => Ok(count),
        Err(errno) => Err(Failure::from_errno(errno, message)),
    }
}

/// The bytes that a read or write transferred.
pub(crate) type Transfer = Result<usize, Failure>;

/// Ends one or both directions. C code may pass any number.
pub(crate) type Shutdown<T> = fn(&T, QIOChannelShutdownValue) -> Result<(), Error>;

/// Moves the position by `lseek()`'s rules and returns the new one.
pub(crate) type Seek<T> = fn(&T, i64, c_int) -> Result<i64, Error>;

/// What became of zero-copy writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Some of them were done without copying, or there were none.
    ZeroCopy,
    /// The kernel copied all of them after all.
    Copied,
}

/// Waits until queued zero-copy writes are done.
pub(crate) type Flush<T> = fn(&T) -> Result<Flushed, Error>;

/// The virtual functions of a channel class.
///
/// Methods take `&self`: a reader and a writer thread may use one channel at
/// once. The optional ones are constants, so that a class without them has NULL
/// in its vtable.
pub(crate) trait ChannelImpl: ObjectType + Sized {
    /// Initialises a zeroed instance.
    const INIT: Option<fn(&Self)> = None;
    /// Releases what an instance holds; nobody else has a reference any more.
    const FINALIZE: Option<fn(&Self)> = None;
    /// Ends one or both directions.
    const SHUTDOWN: Option<Shutdown<Self>> = None;
    /// Holds back or releases incomplete segments.
    const SET_CORK: Option<fn(&Self, bool)> = None;
    /// Allows or forbids delaying small writes.
    const SET_DELAY: Option<fn(&Self, bool)> = None;
    /// Moves the position.
    const SEEK: Option<Seek<Self>> = None;
    /// Registers event handlers for the channel's descriptors.
    const SET_AIO_FD_HANDLER: Option<fn(&Self, FdHandlers)> = None;

    /// Waits until queued zero-copy writes are done.
    const FLUSH: Option<Flush<Self>> = None;

    /// Virtual functions that the class struct has no slots for.
    #[cfg(feature = "backports")]
    const EXTENSION: extension::class::Extension<Self> = extension::class::Extension::NONE;

    /// Writes once; a short write is fine.
    fn writev(&self, request: Write<'_>) -> Transfer;

    /// Reads once; 0 is end of file.
    fn readv(&self, request: Read<'_>) -> Transfer;

    /// Closes the channel.
    fn close(&self) -> Result<(), Error>;

    /// Makes reads and writes block or not.
    fn set_blocking(&self, enabled: bool) -> Result<(), Error>;

    /// A source that fires when `condition` holds.
    fn create_watch(&self, condition: GIOCondition) -> Watch;
}
