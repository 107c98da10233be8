//! QEMU's I/O channel framework as a library with the same C ABI.
//!
//! A *channel* (`QIOChannel`) moves bytes, and sometimes file descriptors,
//! between a program and something else: a socket, a file, a child process, a
//! piece of memory. It can block, be non-blocking, be watched by a
//! `GMainContext`, or suspend a coroutine; C code can call channels and define
//! new classes of them.
//!
//! # The house in one page
//!
//! | room | holds | may use |
//! |---|---|---|
//! | [`abi`] | the C structs and typedefs, spelled out, one file per header | nothing |
//! | `sync` | what threads synchronise with where `tools/models` checks it | std |
//! | `sys` | system calls on raw descriptors, with `EINTR` and `errno` handled | libc |
//! | `abort` | the end of a program that broke a rule | nothing |
//! | `error` | errors inside the library | `host` |
//! | `host` | what channels need from the program around them, declared once | `abi` |
//! | [`channel`] | the framework and the channels | `abi`, `sys`, `host`, GLib |
//! | `task` | operations that end later | `abi`, `sys`, `host`, GLib |
//! | `net` | listeners and the resolver | `channel`, `task`, `abi`, `sys`, `host`, GLib |
//! | `runtime` | the standalone host: objects, errors, … (feature `runtime`) | `abi`, `sys`, `host`'s types, GLib |
//! | [`capi`] | the exported C functions, one file per header | all of the above |
//!
//! Channels never call the runtime: they call what `host` declares, and the
//! linker decides who answers. With the feature `runtime` this library does;
//! without it, the executable that loads the library (QEMU) does.
//!
//! # When something runs out
//!
//! | what | then |
//! |---|---|
//! | the process's memory, as malloc() gives it | the process ends with a message that says so: GLib's allocator and Rust's do that, and so does everything made with them |
//! | memory to grow a `QIOChannelBuffer` | the write fails with `ENOMEM` and changes nothing |
//! | memory for a coroutine's stack | the process ends with a message |
//! | descriptors, the kernel's memory, threads | the call fails with an error; a task ends with one |
//! | room in epoll | the descriptor is polled every few milliseconds until there is room |
//! | descriptors for a GMainContext | GLib ends the process with a message; `qio_channel_wait()` and waits of blocking helpers outside coroutines make one |
//!
//! `tests/faults` lets every single call fail and checks this.
//!
//! The C headers under `include/` are generated from [`abi`] and [`capi`]; the
//! documentation of every C function stands there.

#[macro_use]
mod abort;

pub mod abi;
pub mod capi;
pub mod channel;
mod error;
mod host;
mod net;
#[cfg(feature = "runtime")]
mod runtime;
mod sync;
mod sys;
mod task;
mod types;

#[cfg(feature = "internals")]
#[doc(hidden)]
pub use channel::websock::parts as websock_parts;
