//! Child processes and signals.

use std::ffi::c_int;

use super::errno::{Errno, retry};

/// Waits until the child has ended and reaps it.
pub(crate) fn wait(pid: libc::pid_t) -> Result<(), Errno> {
    // SAFETY: a NULL status pointer is allowed.
    retry(|| unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) } as isize).map(|_| ())
}

/// Reaps the child if it has ended; false if it still runs.
pub(crate) fn try_wait(pid: libc::pid_t) -> Result<bool, Errno> {
    // SAFETY: a NULL status pointer is allowed.
    retry(|| unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::WNOHANG) } as isize)
        .map(|reaped| reaped != 0)
}

/// Sends `signal` to the child; a failure is the caller's to notice by waiting.
pub(crate) fn kill(pid: libc::pid_t, signal: c_int) {
    // SAFETY: touches no memory. `pid` is a child that was not reaped, so the
    // number cannot have been given to another process.
    unsafe { libc::kill(pid, signal) };
}
