//! Work for idle threads.

use std::sync::Arc;

use loom::sync::Mutex;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

use super::check;
use crate::idle::{Idle, List, Worker, give};

/// The thread that all workers belong to.
const STARTER: u64 = 1;

struct Pool {
    list: List<usize>,
    /// How often each piece of work was done.
    done: [AtomicU32; 3],
}

impl Pool {
    fn new() -> Arc<Self> {
        Arc::new(Self { list: Mutex::new(Idle::new()), done: Default::default() })
    }

    /// What a thread does, as in `src/task/workers.rs`.
    fn serve(&self, worker: &Arc<Worker<usize>>) {
        while let Some(piece) = worker.next(&self.list) {
            self.do_piece(piece);
            if !worker.offer(&self.list) {
                break;
            }
        }
    }

    /// A new thread, which does a piece of work before anything else.
    fn start(self: &Arc<Self>, piece: usize) -> thread::JoinHandle<()> {
        let pool = Arc::clone(self);
        thread::spawn(move || pool.serve(&Worker::new(STARTER, piece)))
    }

    fn do_piece(&self, piece: usize) {
        self.done[piece].fetch_add(1, Ordering::Relaxed);
    }

    /// Gives a piece of work to an idle thread; or does it, as no thread can be started.
    fn take_on(&self, piece: usize) {
        if let Err(piece) = give(&self.list, STARTER, piece) {
            let given_back = Worker::new(STARTER, piece).take_work();
            self.do_piece(given_back.expect("nobody else knows the worker"));
        }
    }

    /// Whether each of so many pieces was done once, and no thread is left on the list.
    fn is_done(&self, count: usize) -> bool {
        self.done[..count].iter().all(|done| done.load(Ordering::Relaxed) == 1)
            && give(&self.list, STARTER, 0).is_err()
    }
}

#[test]
fn a_thread_that_may_be_about_to_leave_does_what_it_is_given() {
    check(6, || {
        let pool = Pool::new();
        let worker = pool.start(0);
        pool.take_on(1);
        pool.take_on(2);
        worker.join().expect("the worker does not fail");
        assert!(pool.is_done(3));
    });
}

#[test]
fn each_of_two_givers_has_its_work_done() {
    check(5, || {
        let pool = Pool::new();
        let worker = pool.start(0);
        let giver = thread::spawn({
            let pool = Arc::clone(&pool);
            move || pool.take_on(1)
        });
        pool.take_on(2);
        giver.join().expect("the giver does not fail");
        worker.join().expect("the worker does not fail");
        assert!(pool.is_done(3));
    });
}

#[test]
fn two_threads_leave_without_losing_work() {
    check(5, || {
        let pool = Pool::new();
        let workers = [pool.start(0), pool.start(1)];
        pool.take_on(2);
        for worker in workers {
            worker.join().expect("a worker does not fail");
        }
        assert!(pool.is_done(3));
    });
}
