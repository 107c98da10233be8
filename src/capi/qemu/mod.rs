//! Functions of `qemu/*.h`.

pub mod coroutine;
pub mod error_report;
pub mod event_notifier;
pub mod main_loop;
pub mod module;
pub mod thread;
pub mod timer;
