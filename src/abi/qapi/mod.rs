//! Types of `qapi/*.h`.

pub mod error;
pub mod qapi_types_authz;
pub mod qapi_types_crypto;
pub mod util;
