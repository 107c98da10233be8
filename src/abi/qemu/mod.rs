//! Types of `qemu/*.h`.

pub mod module;
pub mod typedefs;
