//! Types of `qapi/*.h`.

pub mod error;
pub mod util;
