//! The C API of the runtime; that of the channels is the library's.

#[path = "../../../src/capi/authz/mod.rs"]
pub mod authz;
#[path = "../../../src/capi/block/mod.rs"]
pub mod block;
#[path = "../../../src/capi/crypto/mod.rs"]
pub mod crypto;
#[path = "../../../src/capi/qapi/mod.rs"]
pub mod qapi;
#[path = "../../../src/capi/qemu/mod.rs"]
pub mod qemu;
#[path = "../../../src/capi/qom/mod.rs"]
pub mod qom;
