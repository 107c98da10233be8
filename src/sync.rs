//! What threads synchronise with where `tools/models` checks every order of events:
//! there, these names are those of a model checker.

pub(crate) use std::sync::atomic;
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use std::thread;
