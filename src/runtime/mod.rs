//! The standalone host: what QEMU otherwise provides.
//!
//! The exported C functions over it stand in `capi`; C variadic functions in
//! `variadic.c`, which formats and calls Rust.

#[macro_use]
mod fatal;

pub(crate) mod coroutine;
pub(crate) mod error;
pub(crate) mod lock;
pub(crate) mod module;
pub(crate) mod object;
pub(crate) mod rule;
pub(crate) mod text;
pub(crate) mod util;

pub(crate) use fatal::abort;
