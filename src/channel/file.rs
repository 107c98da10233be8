//! A channel over a descriptor that `readv()` and `writev()` work on.

use std::ffi::{CStr, c_int};

use glib_sys::GIOCondition;

use super::dispatch::Channel;
#[cfg(feature = "backports")]
use super::extension::class::Extension;
use super::request::{Read, Write};
use super::watch::{Watch, fd_watch};
use super::{ChannelImpl, Failure, Seek, Transfer, sigpipe, write_to_descriptor};
use crate::abi::io::channel_file::QIOChannelFile;
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::file;
use crate::host::object::{ObjectRef, ObjectType};
use crate::sys::{self, Errno};
#[cfg(feature = "backports")]
use crate::sys::{Buffers, BuffersMut};

/// No descriptor.
const CLOSED: c_int = -1;

// SAFETY: `repr(C)`, starts with a QIOChannel, registered with its size.
unsafe impl ObjectType for QIOChannelFile {
    const TYPE_NAME: &'static CStr = c"qio-channel-file";
}

/// A channel that owns `fd`, whatever that is.
pub(crate) fn from_fd(fd: c_int) -> ObjectRef<QIOChannelFile> {
    let channel = ObjectRef::<QIOChannelFile>::new();
    channel.fd.set(fd);
    sigpipe::ignore_by_default_for(fd);
    channel
}

/// A channel over the file at `path`, opened close-on-exec.
pub(crate) fn open(
    path: &CStr,
    flags: c_int,
    mode: libc::mode_t,
) -> Result<ObjectRef<QIOChannelFile>, Error> {
    let creates = flags & libc::O_CREAT != 0;
    file::open(path, flags, if creates { mode } else { 0 }).map(from_fd).map_err(|errno| {
        let path = path.to_string_lossy();
        Error::with_errno(
            errno,
            match creates {
                true => format!("Unable to create {path}"),
                false if is_direct_io_refusal(errno, flags) => {
                    format!("Unable to open {path}: the filesystem does not support O_DIRECT")
                }
                false => format!("Unable to open {path}"),
            },
        )
    })
}

/// A channel over a duplicate of `fd`, which stays the caller's.
#[cfg(feature = "backports")]
pub(crate) fn from_duplicate(fd: c_int) -> Result<ObjectRef<QIOChannelFile>, Error> {
    sys::fd::duplicate(fd)
        .map(from_fd)
        .map_err(|errno| Error::with_errno(errno, format!("Unable to duplicate descriptor {fd}")))
}

/// Whether the channel, which is one of this class, has a position. Keeps `errno`.
#[cfg(feature = "backports")]
pub(super) fn is_seekable(channel: Channel<'_>) -> bool {
    let errno = Errno::last();
    // SAFETY: the caller says what it is.
    let fd = unsafe { &*channel.as_ptr().cast::<QIOChannelFile>() }.fd.get();
    let found = sys::fd::seek(fd, 0, libc::SEEK_CUR).is_ok();
    errno.store();
    found
}

/// What an errno of a read or write at an offset means.
#[cfg(feature = "backports")]
#[cold]
#[track_caller]
fn positioned_failure(errno: Errno, message: &'static str) -> Failure {
    match errno.get() {
        libc::ESPIPE => Failure::from_errno(Errno::new(libc::EINVAL), "File has no offsets"),
        _ => Failure::from_errno(errno, message),
    }
}

#[cfg(feature = "backports")]
fn write_at(channel: &QIOChannelFile, buffers: Buffers<'_>, offset: i64) -> Transfer {
    const MESSAGE: &str = "Unable to write to file at an offset";
    match sys::fd::pwritev(channel.fd.get(), buffers, offset) {
        Ok(0) if buffers.total() != Some(0) => {
            Err(positioned_failure(Errno::new(libc::EIO), MESSAGE))
        }
        Ok(count) => Ok(count),
        Err(errno) => Err(positioned_failure(errno, MESSAGE)),
    }
}

#[cfg(feature = "backports")]
fn read_at(channel: &QIOChannelFile, buffers: BuffersMut<'_>, offset: i64) -> Transfer {
    sys::fd::preadv(channel.fd.get(), buffers, offset)
        .map_err(|errno| positioned_failure(errno, "Unable to read from file at an offset"))
}

/// Whether opening failed because the filesystem has no direct I/O.
fn is_direct_io_refusal(errno: Errno, flags: c_int) -> bool {
    flags & libc::O_DIRECT != 0 && errno.get() == libc::EINVAL
}

impl ChannelImpl for QIOChannelFile {
    const INIT: Option<fn(&Self)> = Some(|channel| channel.fd.set(CLOSED));
    const FINALIZE: Option<fn(&Self)> = Some(|channel| {
        let fd = channel.fd.replace(CLOSED);
        if fd != CLOSED {
            // Nobody is left who could hear of a failure.
            let _ = file::close(fd);
        }
    });
    const SEEK: Option<Seek<Self>> = Some(|channel, offset, whence| {
        sys::fd::seek(channel.fd.get(), offset, whence).map_err(|errno| {
            Error::with_errno(
                errno,
                format!("Unable to seek to offset {offset} (whence {whence}) in file"),
            )
        })
    });
    const SET_AIO_FD_HANDLER: Option<fn(&Self, FdHandlers)> =
        Some(|channel, handlers| handlers.register(channel.fd.get()));

    #[cfg(feature = "backports")]
    const EXTENSION: Extension<Self> =
        Extension { pwritev: Some(write_at), preadv: Some(read_at), ..Extension::NONE };

    #[inline]
    fn writev(&self, request: Write<'_>) -> Transfer {
        write_to_descriptor(self.fd.get(), request.buffers, "Unable to write to file")
    }

    #[inline]
    fn readv(&self, request: Read<'_>) -> Transfer {
        sys::fd::readv(self.fd.get(), request.buffers)
            .map_err(|errno| Failure::from_errno(errno, "Unable to read from file"))
    }

    fn close(&self) -> Result<(), Error> {
        // The number is free for others whatever close(2) says.
        file::close(self.fd.replace(CLOSED))
            .map_err(|errno| Error::with_errno(errno, "Unable to close file"))
    }

    fn set_blocking(&self, enabled: bool) -> Result<(), Error> {
        let fd = self.fd.get();
        sys::fd::set_blocking(fd, enabled).map_err(|errno| blocking_error(errno, fd, enabled))
    }

    fn create_watch(&self, condition: GIOCondition) -> Watch {
        fd_watch(Channel::of(self), self.fd.get(), condition)
    }
}

/// The error of a descriptor whose blocking mode could not be changed.
#[track_caller]
pub(super) fn blocking_error(errno: Errno, fd: c_int, enabled: bool) -> Error {
    let mode = if enabled { "blocking" } else { "non-blocking" };
    Error::with_errno(errno, format!("Unable to make descriptor {fd} {mode}"))
}
