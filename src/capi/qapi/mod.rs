//! Functions and tables of `qapi/*.h`.

pub mod clone_visitor;
pub mod error;
pub mod qapi_types_authz;
pub mod qapi_types_common;
pub mod qapi_types_crypto;
pub mod qapi_types_error;
pub mod qapi_types_sockets;
pub mod qapi_visit_common;
pub mod qapi_visit_sockets;
pub mod util;
