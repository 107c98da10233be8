//! How the worker of a task finds whoever completes the task.
//!
//! The outcome is delivered by a source, or by a thread that waits for it: by the one
//! that claims it first.

use std::sync::PoisonError;

use crate::sync::{Condvar, Mutex, MutexGuard};

/// Where worker and completer meet. `S` is the source, or a stand-in.
pub(super) struct Completion<S> {
    state: Mutex<State<S>>,
    published: Condvar,
}

enum State<S> {
    /// The worker has not returned.
    Running,
    /// The outcome waits to be delivered, by this source for example.
    Published(S),
    /// Somebody delivers the outcome.
    Claimed,
}

impl<S> Completion<S> {
    /// The worker runs.
    pub(super) fn new() -> Self {
        Self { state: Mutex::new(State::Running), published: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State<S>> {
        // A panic aborts, so the state is never half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that the worker has returned, and which source delivers the outcome.
    /// Nobody claims it while `attach` runs, which makes the source.
    pub(super) fn publish(&self, attach: impl FnOnce() -> S) {
        let mut state = self.lock();
        *state = State::Published(attach());
        self.published.notify_all();
    }

    /// Lets one caller deliver the outcome, once it is there; nobody if not.
    pub(super) fn claim(&self) -> Option<S> {
        Self::claim_locked(&mut self.lock())
    }

    /// Waits until the worker has returned, and then claims the outcome.
    pub(super) fn wait(&self) -> Option<S> {
        let mut state = self.lock();
        while matches!(*state, State::Running) {
            state = self.published.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Self::claim_locked(&mut state)
    }

    fn claim_locked(state: &mut State<S>) -> Option<S> {
        if !matches!(state, State::Published(_)) {
            return None;
        }
        match std::mem::replace(state, State::Claimed) {
            State::Published(source) => Some(source),
            State::Running | State::Claimed => None,
        }
    }
}
