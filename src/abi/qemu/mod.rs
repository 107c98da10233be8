//! Types of `qemu/*.h`.

pub mod buffer;
pub mod coroutine;
pub mod error_report;
pub mod event_notifier;
pub mod lockable;
pub mod module;
pub mod thread;
pub mod timer;
pub mod typedefs;
