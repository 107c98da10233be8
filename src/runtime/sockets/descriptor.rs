//! Sockets that exist already: named by the monitor, or by number.

use std::ffi::{CStr, c_char, c_int};
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr::null_mut;

use super::{number, shown, start_listening};
use crate::abi::qemu::typedefs::Error as RawError;
use crate::error::Error;
use crate::host::error::OwnedError;
use crate::sys::{self, Errno};

unsafe extern "C" {
    /// Asks the current monitor for a descriptor. False if there is no monitor;
    /// otherwise `fd` is the caller's, or negative with an error stored.
    fn qiochannel_monitor_get_fd(
        name: *const c_char,
        fd: *mut c_int,
        errp: *mut *mut RawError,
    ) -> bool;
}

/// The socket that `text` names. It belongs to the caller from now on; what is not
/// a socket is closed.
pub(crate) fn resolve(text: Option<&CStr>) -> Result<OwnedFd, Error> {
    let text = text.ok_or_else(|| Error::new("No descriptor was given"))?;
    let fd = match from_monitor(text) {
        Some(result) => result?,
        None => from_number(text)?,
    };
    if !sys::fd::is_socket(fd) {
        // Not anybody's any more; nobody could act on a failure.
        let _ = sys::fd::close(fd);
        return Err(Error::new(format!("Descriptor '{}' is not a socket", text.to_string_lossy())));
    }
    // SAFETY: a socket, so not -1, and given to this function by its name.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// What the monitor knows under the name; `None` if there is no monitor.
fn from_monitor(name: &CStr) -> Option<Result<c_int, Error>> {
    let mut fd = -1;
    let mut error = null_mut();
    // SAFETY: the name is a C string, and the others are local variables.
    let asked = unsafe { qiochannel_monitor_get_fd(name.as_ptr(), &raw mut fd, &raw mut error) };
    // SAFETY: an error that was stored is this function's own.
    let error = unsafe { OwnedError::from_raw(error) };
    asked.then(|| match error {
        Some(error) => Err(error.into()),
        None if fd < 0 => Err(Error::new(format!("No descriptor '{}'", name.to_string_lossy()))),
        None => Ok(fd),
    })
}

/// The descriptor with the number that `text` is.
fn from_number(text: &CStr) -> Result<c_int, Error> {
    number::parse(text.to_bytes())
        .and_then(|number| c_int::try_from(number).map_err(|_| Errno::new(libc::ERANGE)))
        .map_err(|errno| {
            let text = text.to_string_lossy();
            Error::with_errno(errno, format!("'{text}' is not the number of a descriptor"))
        })
}

/// Makes the socket that `text` names listen.
pub(super) fn listen(text: Option<&CStr>, backlog: c_int) -> Result<OwnedFd, Error> {
    let socket = resolve(text)?;
    start_listening(socket, backlog, &format!("descriptor '{}'", shown(text)))
}
