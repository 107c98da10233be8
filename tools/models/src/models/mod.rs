//! The models.

mod calls;
mod completion;
mod idle;
mod waiters;
mod word_lock;

use loom::model::Builder;

/// Runs `model` in every order in which threads are interrupted at most so often:
/// without a limit, more than two threads have too many.
fn check(interruptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.check(model);
}
