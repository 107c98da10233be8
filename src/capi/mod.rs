//! The C face: the exported functions, one file per public header.
//!
//! A function here checks pointers, converts, calls, and converts back; it holds
//! no logic. Its documentation is what the C header prints. C fragments that
//! cbindgen cannot write stand beside the Rust files (`*.before.h`,
//! `*.after.h`); `tools/headers` puts everything together.

#[cfg(feature = "runtime")]
pub mod authz;
#[cfg(feature = "runtime")]
pub mod block;
#[cfg(feature = "runtime")]
pub mod crypto;
pub mod io;
#[cfg(feature = "runtime")]
pub mod qapi;
#[cfg(feature = "runtime")]
pub mod qemu;
#[cfg(feature = "runtime")]
pub mod qom;
