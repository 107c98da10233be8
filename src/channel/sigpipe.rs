//! Writing to a pipe nobody reads from.
//!
//! `writev()` on a pipe or socket without a reader raises SIGPIPE, which ends a
//! program that did not prepare for it. QEMU ignores the signal; for other
//! programs this library does what GIO does: it ignores the signal if the program
//! has left it at its default.

/// Call before a channel writes to something that can raise SIGPIPE.
#[cfg(feature = "runtime")]
pub(super) fn ignore_by_default() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(crate::sys::signal::ignore_sigpipe_if_default);
}

/// Signals are the host's business.
#[cfg(not(feature = "runtime"))]
pub(super) fn ignore_by_default() {}

/// As [`ignore_by_default`], if `fd` is something that can raise it. Keeps `errno`.
#[cfg(feature = "runtime")]
pub(super) fn ignore_by_default_for(fd: std::ffi::c_int) {
    use crate::sys::{Errno, fd::file_type};

    let errno = Errno::last();
    if matches!(file_type(fd), Ok(libc::S_IFIFO | libc::S_IFSOCK)) {
        ignore_by_default();
    }
    errno.store();
}

/// Signals are the host's business.
#[cfg(not(feature = "runtime"))]
pub(super) fn ignore_by_default_for(_fd: std::ffi::c_int) {}
