//! Types of `qemu/*.h`.

pub mod coroutine;
pub mod event_notifier;
pub mod lockable;
pub mod thread;
pub mod timer;
pub mod typedefs;
