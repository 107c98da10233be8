//! System calls on raw descriptors.
//!
//! Thin functions over libc that turn -1 and `errno` into [`Errno`] and retry
//! `EINTR`. libc and not rustix: a channel may hold -1 or a stale descriptor
//! (`EBADF`, not undefined behaviour), and a C caller's buffers may be
//! uninitialised memory, which std's slices and rustix's types rule out.

pub(crate) mod ancillary;
mod buffers;
#[cfg(feature = "runtime")]
pub(crate) mod endpoint;
mod errno;
#[cfg(feature = "runtime")]
pub(crate) mod event;
pub(crate) mod fd;
pub(crate) mod fork;
pub(crate) mod futex;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod resolve;
#[cfg(feature = "runtime")]
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod thread;

pub(crate) mod time;
mod window;
pub(crate) mod word_lock;

pub(crate) use buffers::{Buffers, BuffersMut, IOV_MAX};
pub(crate) use errno::Errno;
#[cfg(feature = "runtime")]
pub(crate) use errno::retry;
pub(crate) use window::Window;
