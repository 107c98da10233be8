//! Functions of `qom/*.h`.

pub(super) mod arguments;
pub mod object;
pub mod object_interfaces;
