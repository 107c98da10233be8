//! Functions of `qom/*.h`.

pub mod object;
