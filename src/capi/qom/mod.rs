//! Functions of `qom/*.h`.

mod arguments;
pub mod object;
pub mod object_interfaces;
