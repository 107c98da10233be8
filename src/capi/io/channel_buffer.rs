//! Functions of `io/channel-buffer.h`.

use crate::abi::io::channel_buffer::QIOChannelBuffer;
use crate::channel::buffer;

/// Creates a channel over memory.
///
/// Writes append behind the data that is there (at `usage`), wherever a seek has
/// put the position, and let the memory grow to exactly what is needed; a position
/// beyond the end is filled up with zeros first. Reads start at `offset`. The
/// channel is always ready.
///
/// @param capacity bytes to allocate at once, zeroed; may be 0
///
/// @return (transfer full): the channel.
#[unsafe(no_mangle)]
pub extern "C" fn qio_channel_buffer_new(capacity: usize) -> *mut QIOChannelBuffer {
    buffer::with_capacity(capacity).into_raw()
}
