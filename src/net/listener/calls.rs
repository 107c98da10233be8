//! Whose data a client function uses, and when it may be released. `tools/models`
//! checks it.

use crate::sync::thread::{self, ThreadId};

/// The calls of client functions that have not returned. The listener's lock is held
/// when it is touched, and not during a call. `N` releases the data of a registration.
pub(super) struct Calls<N> {
    /// Counts the registrations.
    generation: u64,
    running: Vec<Call>,
    /// Data of earlier registrations that such a call may still use.
    deferred: Vec<(u64, N)>,
}

#[derive(PartialEq)]
struct Call {
    generation: u64,
    thread: ThreadId,
}

impl<N> Default for Calls<N> {
    fn default() -> Self {
        Self { generation: 0, running: Vec::new(), deferred: Vec::new() }
    }
}

impl<N> Calls<N> {
    /// Notes that the client function is about to be called. The result is for
    /// [`Self::end`].
    pub(super) fn begin(&mut self) -> u64 {
        self.running.push(Call { generation: self.generation, thread: thread::current().id() });
        self.generation
    }

    /// Notes that a call has returned. Returns what is to be released now.
    pub(super) fn end(&mut self, generation: u64) -> Option<N> {
        let call = Call { generation, thread: thread::current().id() };
        if let Some(index) = self.running.iter().rposition(|other| *other == call) {
            self.running.swap_remove(index);
        }
        if self.running.iter().any(|call| call.generation == generation) {
            return None;
        }
        let index = self.deferred.iter().position(|(other, _)| *other == generation)?;
        Some(self.deferred.swap_remove(index).1)
    }

    /// Notes that the registration was replaced. Returns what is to be released now:
    /// nothing while another thread is still in the old function. A call further up in
    /// this thread knows what it has done.
    pub(super) fn replace(&mut self, old: N) -> Option<N> {
        let generation = self.generation;
        self.generation += 1;
        let own = thread::current().id();
        let busy = |call: &Call| call.generation == generation && call.thread != own;
        if self.running.iter().any(busy) {
            self.deferred.push((generation, old));
            return None;
        }
        Some(old)
    }
}
