//! Types of `io/channel-tls.h`.

use std::cell::Cell;
use std::sync::atomic::AtomicU32;

use crate::abi::crypto::tlssession::QCryptoTLSSession;
use crate::abi::io::channel::QIOChannel;
use crate::abi::values::AtomicShutdown;

/// A channel that encrypts what passes through another one, its *master*.
#[repr(C)]
pub struct QIOChannelTLS {
    /// The base channel.
    pub parent: QIOChannel,
    /// The channel that carries the encrypted bytes; a reference.
    pub master: Cell<*mut QIOChannel>,
    /// The session; owned.
    pub session: Cell<*mut QCryptoTLSSession>,
    /// The directions that were shut down.
    pub shutdown: AtomicShutdown,
    /// The lock of the session and what belongs to it; private.
    pub(crate) state: AtomicU32,
}
