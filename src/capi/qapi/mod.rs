//! Functions of `qapi/*.h`.

pub mod error;
mod names;
pub mod qapi_types_authz;
pub mod qapi_types_crypto;
