//! Types of `qemu/*.h`.

pub mod buffer;
pub mod error_report;
pub mod module;
pub mod typedefs;
