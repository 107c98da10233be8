//! What the library needs from the program around it.
//!
//! These functions are QEMU's: inside QEMU the executable provides them, in the
//! standalone flavour this library's own runtime does. They are declared once,
//! here, with the small wrappers that make them safe to call; there is no
//! behaviour in this room. The names are part of `tests/abi/host-symbols*.txt`.

pub(crate) mod address;
pub(crate) mod aio;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod object;
pub(crate) mod sockets;
pub(crate) mod tls;
