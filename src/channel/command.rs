//! A channel to the standard input and output of a child process.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;
use std::time::Duration;

use glib_sys::{
    G_SPAWN_CLOEXEC_PIPES, G_SPAWN_DO_NOT_REAP_CHILD, G_SPAWN_STDOUT_TO_DEV_NULL, GError,
    GIOCondition, GPid, g_error_free, g_spawn_async_with_pipes, g_spawn_close_pid,
};

use super::dispatch::Channel;
use super::file::blocking_error;
use super::request::{Read, Write};
use super::watch::{Watch, fd_pair_watch};
use super::{ChannelImpl, Failure, Transfer, sigpipe, write_to_descriptor};
use crate::abi::io::channel_command::QIOChannelCommand;
use crate::error::Error;
use crate::host::aio::FdHandlers;
use crate::host::object::{ObjectRef, ObjectType};
use crate::sys::{self, Errno};

/// No descriptor.
const CLOSED: c_int = -1;

// SAFETY: `repr(C)`, starts with a QIOChannel, registered with its size.
unsafe impl ObjectType for QIOChannelCommand {
    const TYPE_NAME: &'static CStr = c"qio-channel-command";
}

/// Which of the child's streams the caller wants, from the access mode of `flags`.
struct Directions {
    read: bool,
    write: bool,
}

impl Directions {
    fn from_flags(flags: c_int) -> Self {
        let mode = flags & libc::O_ACCMODE;
        Self { read: mode != libc::O_WRONLY, write: mode != libc::O_RDONLY }
    }
}

/// Starts the program `argv[0]`, which is not searched for, with arguments `argv`.
///
/// # Safety
///
/// `argv` is NULL or a NULL-terminated array of C strings.
pub(crate) unsafe fn spawn(
    argv: *const *const c_char,
    flags: c_int,
) -> Result<ObjectRef<QIOChannelCommand>, Error> {
    // SAFETY: if not NULL, the array has at least its terminator.
    if argv.is_null() || unsafe { (*argv).is_null() } {
        return Err(Error::with_errno(Errno::new(libc::EINVAL), "No command to run"));
    }
    let directions = Directions::from_flags(flags);
    let mut spawn_flags = G_SPAWN_CLOEXEC_PIPES | G_SPAWN_DO_NOT_REAP_CHILD;
    if !directions.read {
        spawn_flags |= G_SPAWN_STDOUT_TO_DEV_NULL;
    }
    let (mut pid, mut write, mut read): (GPid, c_int, c_int) = (0, CLOSED, CLOSED);
    let mut error: *mut GError = null_mut();
    // SAFETY: the array is NULL-terminated and GLib does not write to it; the
    // other pointers are NULL or to live variables.
    let started = unsafe {
        g_spawn_async_with_pipes(
            std::ptr::null(),
            argv.cast_mut().cast(),
            null_mut(),
            spawn_flags,
            None,
            null_mut(),
            &raw mut pid,
            if directions.write { &raw mut write } else { null_mut() },
            if directions.read { &raw mut read } else { null_mut() },
            null_mut(),
            &raw mut error,
        )
    };
    if started == 0 {
        // SAFETY: GLib failed, so it has set the error, which is now ours.
        return Err(unsafe { take_error(error) });
    }
    Ok(from_parts(write, read, pid))
}

/// A channel that owns two descriptors, each of which may be -1, and a child.
pub(crate) fn from_parts(write: c_int, read: c_int, pid: GPid) -> ObjectRef<QIOChannelCommand> {
    sigpipe::ignore_by_default();
    let channel = ObjectRef::<QIOChannelCommand>::new();
    channel.writefd.set(write);
    channel.readfd.set(read);
    channel.pid.set(pid);
    channel
}

/// GLib's error as ours, word for word.
///
/// # Safety
///
/// `error` is a live GError that the caller owns.
unsafe fn take_error(error: *mut GError) -> Error {
    // SAFETY: the message of a GError is a C string.
    unsafe {
        let message = CStr::from_ptr((*error).message).to_string_lossy().into_owned();
        g_error_free(error);
        Error::new(message)
    }
}

impl QIOChannelCommand {
    /// Closes the pipes; the error of the first one that failed.
    fn close_pipes(&self) -> Result<(), Errno> {
        let read = self.readfd.replace(CLOSED);
        let write = self.writefd.replace(CLOSED);
        let read_result = if read == CLOSED { Ok(()) } else { sys::fd::close(read) };
        let write_result =
            if write == CLOSED || write == read { Ok(()) } else { sys::fd::close(write) };
        read_result.and(write_result)
    }

    /// Waits until the child has ended; its exit status is not looked at.
    fn reap(&self) -> Result<(), Error> {
        let pid = self.pid.replace(0);
        let result = match pid {
            1.. => sys::process::wait(pid),
            _ => Err(Errno::new(libc::ECHILD)),
        };
        result.map_err(|errno| {
            Error::with_errno(errno, format!("Unable to wait for the command's process {pid}"))
        })
    }

    /// Ends a child that nobody waited for: asks it, then kills it, then gives it a
    /// second to be gone.
    fn abort(&self) {
        const STEP: Duration = Duration::from_millis(10);
        const STEPS_AFTER_KILL: usize = 100;
        let signals = [libc::SIGTERM, libc::SIGKILL].map(Some);
        let steps = signals.into_iter().chain(std::iter::repeat_n(None, STEPS_AFTER_KILL));
        let pid = self.pid.replace(0);
        for signal in steps {
            // Reaped, or somebody else has done it and the number is not ours.
            if !matches!(sys::process::try_wait(pid), Ok(false)) {
                return;
            }
            if let Some(signal) = signal {
                sys::process::kill(pid, signal);
            }
            std::thread::sleep(STEP);
        }
    }
}

impl ChannelImpl for QIOChannelCommand {
    const INIT: Option<fn(&Self)> = Some(|channel| {
        channel.readfd.set(CLOSED);
        channel.writefd.set(CLOSED);
        channel.pid.set(0);
    });
    const FINALIZE: Option<fn(&Self)> = Some(|channel| {
        // Nobody is left who could hear of a failure.
        let _ = channel.close_pipes();
        let pid = channel.pid.get();
        if pid > 0 {
            channel.abort();
            // SAFETY: does nothing on Unix; GLib asks for it.
            unsafe { g_spawn_close_pid(pid) };
        }
    });
    const SET_AIO_FD_HANDLER: Option<fn(&Self, FdHandlers)> = Some(|channel, handlers| {
        let (read, write) = (channel.readfd.get(), channel.writefd.get());
        if read == write {
            // A second registration would replace the first.
            handlers.register(read);
        } else {
            FdHandlers { write: None, ..handlers }.register(read);
            FdHandlers { read: None, ..handlers }.register(write);
        }
    });

    #[inline]
    fn writev(&self, request: Write<'_>) -> Transfer {
        write_to_descriptor(self.writefd.get(), request.buffers, "Unable to write to command")
    }

    #[inline]
    fn readv(&self, request: Read<'_>) -> Transfer {
        sys::fd::readv(self.readfd.get(), request.buffers)
            .map_err(|errno| Failure::from_errno(errno, "Unable to read from command"))
    }

    fn close(&self) -> Result<(), Error> {
        // The child sees its input end before it is waited for.
        let closed = self.close_pipes();
        self.reap()?;
        closed.map_err(|errno| Error::with_errno(errno, "Unable to close command"))
    }

    fn set_blocking(&self, enabled: bool) -> Result<(), Error> {
        for fd in [self.writefd.get(), self.readfd.get()] {
            if fd >= 0 {
                sys::fd::set_blocking(fd, enabled)
                    .map_err(|errno| blocking_error(errno, fd, enabled))?;
            }
        }
        Ok(())
    }

    fn create_watch(&self, condition: GIOCondition) -> Watch {
        fd_pair_watch(Channel::of(self), self.readfd.get(), self.writefd.get(), condition)
    }
}
