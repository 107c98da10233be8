//! Opening files by name.

use std::ffi::{CStr, c_char, c_int};

use crate::error::Error;
use crate::host::error::Destination;
use crate::runtime::error::report::{Level, report};
use crate::runtime::text::shown;
use crate::sys::{Errno, fd};

/// Names below this directory mean descriptors that a monitor holds, which a
/// program without a monitor never has; they are no names of files.
const FD_SETS: &str = "/dev/fdset/";

/// Whether `name` means a set of descriptors.
pub(crate) fn is_fd_set(name: &CStr) -> bool {
    name.to_bytes().starts_with(FD_SETS.as_bytes())
}

/// Opens a file, close-on-exec; `mode` is for `O_CREAT`.
pub(crate) fn open(name: &CStr, flags: c_int, mode: libc::mode_t) -> Result<c_int, Error> {
    if is_fd_set(name) {
        return Err(no_fd_set(name));
    }
    fd::open(name, flags | libc::O_CLOEXEC, mode).map_err(|errno| explain(name, flags, errno))
}

/// Why the set of descriptors `name` cannot be opened.
fn no_fd_set(name: &CStr) -> Error {
    let shown = shown(name);
    let number = name.to_str().ok().and_then(|name| name.strip_prefix(FD_SETS));
    match number.and_then(|number| number.parse::<i32>().ok()).filter(|&number| number >= 0) {
        Some(_) => {
            let message = format!("Cannot take a descriptor from '{shown}': there is no monitor");
            Error::with_errno(Errno::new(libc::ENOSYS), message)
        }
        None => {
            let message = format!("'{shown}' does not name a set of descriptors");
            Error::with_errno(Errno::new(libc::EINVAL), message)
        }
    }
}

/// Why the file `name` cannot be opened.
fn explain(name: &CStr, flags: c_int, errno: Errno) -> Error {
    let action = if flags & libc::O_CREAT != 0 { "create" } else { "open" };
    let shown = shown(name);
    let reason = if direct_is_refused(name, flags, errno) {
        " (the file system does not support O_DIRECT)"
    } else {
        ""
    };
    Error::with_errno(errno, format!("Could not {action} '{shown}'{reason}"))
}

/// Whether the file could be opened, but for `O_DIRECT`.
fn direct_is_refused(name: &CStr, flags: c_int, errno: Errno) -> bool {
    if errno.get() != libc::EINVAL || flags & libc::O_DIRECT == 0 {
        return false;
    }
    // The first try may have created the file; this one must not change it.
    let harmless = flags & !(libc::O_DIRECT | libc::O_CREAT | libc::O_EXCL | libc::O_TRUNC);
    match fd::open(name, harmless | libc::O_CLOEXEC | libc::O_NONBLOCK, 0) {
        Ok(descriptor) => {
            // Nothing was written to it.
            let _ = fd::close(descriptor);
            true
        }
        Err(_) => false,
    }
}

/// Opens a file for `qemu_open_old()`: -1 and `errno` for a failure, which is
/// reported only if the cause is hard to guess.
#[unsafe(no_mangle)]
unsafe extern "C" fn qiochannel_open(
    name: *const c_char,
    flags: c_int,
    mode: libc::mode_t,
) -> c_int {
    // SAFETY: variadic.c passes its caller's C string.
    let name = unsafe { CStr::from_ptr(name) };
    open(name, flags, mode).unwrap_or_else(|error| {
        if error.errno() == Some(Errno::new(libc::EINVAL)) && flags & libc::O_DIRECT != 0 {
            report(Level::Error, c"file system may not support O_DIRECT");
        }
        error.store(Destination::IGNORED, c"qemu_open_old");
        -1
    })
}
