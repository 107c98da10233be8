//! Functions of `qapi/*.h`.

pub mod error;
