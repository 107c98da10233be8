//! Functions and tables of `qapi/*.h`.

pub mod error;
pub mod qapi_types_authz;
pub mod qapi_types_crypto;
pub mod qapi_types_error;
mod tables;
pub mod util;
