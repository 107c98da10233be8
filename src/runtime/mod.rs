//! The standalone host: what QEMU otherwise provides.
//!
//! The exported C functions over it stand in `capi`; C variadic functions in
//! `variadic.c`, which formats and calls Rust.

pub(crate) mod aio;
pub(crate) mod coroutine;
pub(crate) mod main_loop;
pub(crate) mod sync;
pub(crate) mod thread;
