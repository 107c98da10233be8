//! Functions of `qapi/*.h`.

pub mod error;
pub mod qapi_types_error;
pub mod util;
