//! Functions of `qemu/*.h`.

pub mod buffer;
pub mod cutils;
pub mod error_report;
pub mod iov;
pub mod module;
pub mod osdep;
pub mod sockets;
