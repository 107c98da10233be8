//! Types of `block/*.h`.

pub mod aio_wait;
