//! Types of `io/channel-websock.h`.

use std::cell::Cell;
use std::ffi::{c_char, c_uint};

use glib_sys::gboolean;

use crate::abi::io::channel::QIOChannel;
use crate::abi::qemu::buffer::Buffer;
use crate::abi::qemu::typedefs::Error;

/// The mask of a frame, in the order of the wire.
#[repr(C)]
#[derive(Clone, Copy)]
pub union QIOChannelWebsockMask {
    /// Byte by byte.
    pub c: [c_char; 4],
    /// As one number.
    pub u: u32,
}

/// A stream of bytes in WebSocket frames (RFC 6455) over another channel.
///
/// Message boundaries are not visible: each write makes one binary frame, and
/// reads return the payload of binary frames as it arrives. Text frames are
/// refused.
///
/// A part of the work (answering pings, sending what the channel below did not
/// take at once, noticing the end of the connection) is done by a GSource in the
/// default main context, and by watches of the channel in theirs.
///
/// What a write has taken may be sent later; a write of nothing sends as much of it as
/// the channel below takes.
///
/// All fields but `parent` and `master` are private.
#[repr(C)]
pub struct QIOChannelWebsock {
    /// The base channel.
    pub parent: QIOChannel,
    /// The channel that carries the frames; a reference.
    pub master: Cell<*mut QIOChannel>,
    /// Private.
    pub encinput: Cell<Buffer>,
    /// Private.
    pub encoutput: Cell<Buffer>,
    /// Private.
    pub rawinput: Cell<Buffer>,
    /// Private.
    pub payload_remain: Cell<usize>,
    /// Private.
    pub pong_remain: Cell<usize>,
    /// Private.
    pub mask: Cell<QIOChannelWebsockMask>,
    /// Private.
    pub io_tag: Cell<c_uint>,
    /// Private.
    pub io_err: Cell<*mut Error>,
    /// Private.
    pub io_eof: Cell<gboolean>,
    /// Private.
    pub opcode: Cell<u8>,
}
