//! Functions of `qemu/*.h`.

pub mod buffer;
pub mod coroutine;
pub mod cutils;
pub mod error_report;
pub mod event_notifier;
pub mod iov;
pub mod main_loop;
pub mod module;
pub mod osdep;
pub mod sockets;
pub mod thread;
pub mod timer;
