//! The end of a task's worker.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

use super::check;
use crate::completion::Completion;

struct Task {
    completion: Completion<u32>,
    /// Written by the worker, with no lock.
    result: UnsafeCell<u32>,
    delivered: AtomicU32,
}

impl Task {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            completion: Completion::new(),
            result: UnsafeCell::new(0),
            delivered: AtomicU32::new(0),
        })
    }

    fn work(&self) {
        // SAFETY: nobody looks at the result before it is published.
        self.result.with_mut(|result| unsafe { *result = 7 });
        self.completion.publish(|| 1);
    }

    fn deliver(&self, claimed: Option<u32>) {
        if let Some(source) = claimed {
            assert_eq!(source, 1);
            // SAFETY: the claim says that the worker is done.
            assert_eq!(self.result.with(|result| unsafe { *result }), 7);
            self.delivered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn one_of_source_and_waiter_delivers_the_outcome() {
    check(3, || {
        let task = Task::new();
        let worker = thread::spawn({
            let task = Arc::clone(&task);
            move || task.work()
        });
        let source = thread::spawn({
            let task = Arc::clone(&task);
            move || task.deliver(task.completion.claim())
        });
        task.deliver(task.completion.wait());
        worker.join().expect("the worker does not fail");
        source.join().expect("the source does not fail");
        assert_eq!(task.delivered.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn what_was_published_can_be_claimed_once() {
    check(3, || {
        let task = Task::new();
        let worker = thread::spawn({
            let task = Arc::clone(&task);
            move || task.work()
        });
        task.deliver(task.completion.claim());
        worker.join().expect("the worker does not fail");
        task.deliver(task.completion.claim());
        task.deliver(task.completion.claim());
        assert_eq!(task.delivered.load(Ordering::Relaxed), 1);
    });
}
