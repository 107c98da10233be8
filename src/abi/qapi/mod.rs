//! Types of `qapi/*.h`.

pub mod error;
pub mod qapi_types_authz;
pub mod qapi_types_common;
pub mod qapi_types_crypto;
pub mod qapi_types_error;
pub mod qapi_types_sockets;
pub mod util;
