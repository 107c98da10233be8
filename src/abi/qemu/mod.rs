//! Types of `qemu/*.h`.

pub mod typedefs;
