//! What threads synchronise with where `tools/models` checks every order of events:
//! there, these names are those of a model checker.

use std::sync::PoisonError;
use std::time::Duration;

pub(crate) use std::sync::atomic;
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
pub(crate) use std::thread;

/// Waits while `condition` holds, but not longer than `patience`.
pub(crate) fn wait_timeout<'a, T>(
    told: &Condvar,
    guard: MutexGuard<'a, T>,
    patience: Duration,
    condition: impl FnMut(&mut T) -> bool,
) -> MutexGuard<'a, T> {
    let (guard, _) =
        told.wait_timeout_while(guard, patience, condition).unwrap_or_else(PoisonError::into_inner);
    guard
}
