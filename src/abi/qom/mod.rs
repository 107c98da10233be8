//! Types of `qom/*.h`.

pub mod object;
pub mod object_interfaces;
