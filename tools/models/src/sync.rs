//! `src/sync.rs`, of the model checker.

pub(crate) use loom::sync::atomic;
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use loom::thread;
