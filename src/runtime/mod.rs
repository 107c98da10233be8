//! The standalone host: what QEMU otherwise provides.
//!
//! The exported C functions over it stand in `capi`; C variadic functions in
//! `variadic.c`, which formats and calls Rust.

#[macro_use]
mod fatal;
pub(crate) mod lock;
pub(crate) mod module;
pub(crate) mod object;

pub(crate) use fatal::abort;
