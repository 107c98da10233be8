//! Types of `io/*.h`.

pub mod channel;
pub mod channel_buffer;
pub mod channel_command;
pub mod channel_file;
pub mod channel_null;
pub mod channel_tls;
