//! Functions of `io/channel-command.h`.

#[cfg(feature = "runtime")]
pub mod old;

use std::ffi::{c_char, c_int};

use super::new_or_null;
use crate::abi::io::channel_command::QIOChannelCommand;
use crate::abi::qemu::typedefs::Error;
use crate::channel::command;

/// Starts a program and creates a channel to its standard input and output.
///
/// The program is not searched for in PATH, and no shell is involved. Its standard
/// error is the caller's; descriptors above 2 are closed in it.
///
/// qio_channel_close() closes the pipes and waits for the program to end by itself;
/// how it ended is not reported. Dropping the last reference without that ends the
/// program: SIGTERM, then SIGKILL.
///
/// Outside QEMU, the first command channel makes the process ignore SIGPIPE if its
/// disposition is still the default.
///
/// @param argv a NULL-terminated array: the path of the program, which is also its
///        argument 0, and its arguments
/// @param flags O_RDONLY to read from the program, O_WRONLY to write to it, O_RDWR for
///         both; the unused direction is /dev/null for the program, and an error
///         (EBADF) for the channel
/// @param errp where to store an error, or NULL
///
/// @return (transfer full): the channel; NULL with `errp` set, also if the program
/// cannot be executed.
///
/// # Safety
///
/// `argv` is NULL or a NULL-terminated array of C strings; `errp` is NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_channel_command_new_spawn(
    argv: *const *const c_char,
    flags: c_int,
    errp: *mut *mut Error,
) -> *mut QIOChannelCommand {
    // SAFETY: passed on to the caller.
    unsafe { new_or_null(command::spawn(argv, flags), errp, c"qio_channel_command_new_spawn") }
}
