//! WebSocket: a stream of bytes in frames over another channel. RFC 6455.

#![deny(clippy::indexing_slicing)]

mod frame;
mod handshake;
mod mask;
