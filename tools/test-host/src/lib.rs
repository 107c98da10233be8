//! A host for the hosted flavour: what a QEMU executable provides, without QEMU.
//!
//! The hosted library leaves QEMU's objects, errors and the rest to the executable
//! that loads it. To run it without QEMU, this crate compiles the rooms of the
//! standalone runtime, and none of the channels, to an archive that test programs
//! link. A name that the library needs and its host does not provide is thus an
//! error of the linker, and channels and runtime meet at the C boundary only.

#![allow(
    dead_code,
    unused_imports,
    reason = "the channels, which are not here, use the rest of these modules"
)]

#[cfg(not(feature = "runtime"))]
compile_error!("the test host is the runtime; it has no other flavour");

#[macro_use]
#[path = "../../../src/abort.rs"]
mod abort;

#[path = "../../../src/abi/mod.rs"]
pub mod abi;
pub mod capi;
#[path = "../../../src/error.rs"]
mod error;
#[path = "../../../src/host/mod.rs"]
mod host;
#[path = "../../../src/runtime/mod.rs"]
mod runtime;
#[path = "../../../src/sync.rs"]
mod sync;
#[path = "../../../src/sys/mod.rs"]
mod sys;
mod types;
