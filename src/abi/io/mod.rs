//! Types of `io/*.h`.

pub mod channel;
pub mod channel_buffer;
pub mod channel_command;
pub mod channel_file;
pub mod channel_null;
pub mod channel_socket;
pub mod channel_tls;
pub mod channel_websock;
pub mod dns_resolver;
pub mod net_listener;
pub mod task;
