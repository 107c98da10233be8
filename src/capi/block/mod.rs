//! Functions of `block/*.h`.

pub mod aio;
pub mod aio_wait;
