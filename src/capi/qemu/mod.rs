//! Functions of `qemu/*.h`.

pub mod error_report;
pub mod module;
