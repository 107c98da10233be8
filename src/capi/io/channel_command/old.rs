//! Functions of `io/channel-command.h` for files that are written for an older API.

use std::ffi::c_int;

use libc::pid_t;

use crate::abi::io::channel_command::QIOChannelCommand;
use crate::channel::command;

/// Creates a channel to a process that is running already. Public until 7.0.
///
/// @param writefd what the process reads from; the channel owns it. -1 for none
/// @param readfd what the process writes to; the channel owns it. -1 for none
/// @param pid the process, a child of this one; the channel waits for it or ends it, as
///       those of qio_channel_command_new_spawn(). 0 or less for none
///
/// @return (transfer full): the channel.
///
/// `if` QIO_API_BEFORE(7, 1)
#[unsafe(no_mangle)]
pub extern "C" fn qio_channel_command_new_pid(
    writefd: c_int,
    readfd: c_int,
    pid: pid_t,
) -> *mut QIOChannelCommand {
    command::from_parts(writefd, readfd, pid).into_raw()
}
