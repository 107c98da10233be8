//! Types of `qom/*.h`.

pub mod object;
