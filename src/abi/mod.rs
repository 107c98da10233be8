//! The C structs, enums and typedefs of the public headers.
//!
//! One file per header, same name. Sizes, offsets and values are facts of the
//! ABI; `tests/abi/` checks them from C. Fields that C code or another thread may
//! change at any time are [`Cell`](std::cell::Cell)s or atomics, so that shared
//! references to these structs stay sound.

pub mod authz;
pub mod block;
pub mod crypto;
pub mod io;
pub mod qapi;
pub mod qemu;
pub mod qom;
pub mod values;
