//! Functions of `qemu/*.h`.

pub mod module;
