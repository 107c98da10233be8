//! The standalone host: what QEMU otherwise provides.
//!
//! The exported C functions over it stand in `capi`; C variadic functions in
//! `variadic.c`, which formats and calls Rust. `thread.c` holds two thread-locals.

pub(crate) mod aio;
pub(crate) mod authz;
pub(crate) mod class;
pub(crate) mod coroutine;
pub(crate) mod error;
pub(crate) mod gnutls;
pub(crate) mod lock;
pub(crate) mod main_loop;
pub(crate) mod module;
pub(crate) mod object;
pub(crate) mod qapi;
pub(crate) mod secret;
pub(crate) mod sockets;
pub(crate) mod sync;
pub(crate) mod text;
pub(crate) mod thread;
pub(crate) mod tls;
pub(crate) mod util;

/// Registers the user-creatable types of the runtime.
pub(crate) fn register_types() {
    authz::register_types();
    secret::register_types();
    tls::register_types();
}
