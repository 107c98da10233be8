//! Threads that have nothing to do, and how they come by work.
//!
//! A thread puts itself on a list when it has done its work, and takes itself off when
//! it was idle for long enough. Whoever has work takes a thread off the list and then
//! gives it the work; so a thread that does not find itself on the list waits for what
//! it is about to be given.
//!
//! In a child of `fork()` the list's lock may be held for ever by a thread that does
//! not exist there. So only a thread that is on the list waits for the lock; others
//! take a list that somebody looks at for an empty one.

use std::sync::{Arc, PoisonError, TryLockError};
use std::time::Duration;

use crate::sync::{Condvar, Mutex, MutexGuard, wait_timeout};
use crate::sys::fork::identity;

/// How long a thread stays when it has nothing to do.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many threads stay.
const IDLE_MAX: usize = 8;

/// A list of threads with nothing to do. `W` is work, or a stand-in.
pub(super) struct Idle<W> {
    /// The process they are threads of.
    process: (u32, u32),
    /// The last one became idle last.
    workers: Vec<Arc<Worker<W>>>,
}

/// The list, as all share it.
pub(super) type List<W> = Mutex<Idle<W>>;

/// A thread, as others know it.
pub(super) struct Worker<W> {
    /// The number of the thread that started it.
    starter: u64,
    work: Mutex<Option<W>>,
    given: Condvar,
}

/// Gives work to the thread that became idle last, of those that `starter` started.
/// Gives the work back if there is none.
pub(super) fn give<W>(list: &List<W>, starter: u64, work: W) -> Result<(), W> {
    match take_worker(list, starter) {
        Some(worker) => {
            *lock(&worker.work) = Some(work);
            worker.given.notify_one();
            Ok(())
        }
        None => Err(work),
    }
}

/// Takes a thread off the list.
fn take_worker<W>(list: &List<W>, starter: u64) -> Option<Arc<Worker<W>>> {
    let mut idle = try_lock(list)?;
    let position = idle.workers.iter().rposition(|worker| worker.starter == starter)?;
    Some(idle.workers.remove(position))
}

/// The list, unless somebody looks at it.
fn try_lock<W>(list: &List<W>) -> Option<MutexGuard<'_, Idle<W>>> {
    let mut idle = match list.try_lock() {
        Ok(idle) => idle,
        Err(TryLockError::Poisoned(error)) => error.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    let process = identity();
    if idle.process != process {
        // A fork() has left the threads behind.
        idle.workers.clear();
        idle.process = process;
    }
    Some(idle)
}

/// Takes a lock. A panic aborts, so none is ever poisoned.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W> Idle<W> {
    /// No threads.
    pub(super) const fn new() -> Self {
        Self { process: (0, 0), workers: Vec::new() }
    }
}

impl<W> Worker<W> {
    /// A thread that starts with work to do.
    pub(super) fn new(starter: u64, work: W) -> Arc<Self> {
        Arc::new(Self { starter, work: Mutex::new(Some(work)), given: Condvar::new() })
    }

    /// Takes the work, if there is any.
    pub(super) fn take_work(&self) -> Option<W> {
        lock(&self.work).take()
    }

    /// Puts the calling thread on the list. False if there are enough.
    pub(super) fn offer(self: &Arc<Self>, list: &List<W>) -> bool {
        let Some(mut idle) = try_lock(list) else { return false };
        let stays = idle.workers.len() < IDLE_MAX;
        if stays {
            idle.workers.push(Arc::clone(self));
        }
        stays
    }

    /// Takes the calling thread off the list again. False if it is not there any more.
    fn withdraw(self: &Arc<Self>, list: &List<W>) -> bool {
        let workers = &mut lock(list).workers;
        let position = workers.iter().position(|other| Arc::ptr_eq(other, self));
        position.is_some_and(|position| {
            workers.remove(position);
            true
        })
    }

    /// The next piece of work of the calling thread, or `None` if it was idle for long
    /// enough.
    pub(super) fn next(self: &Arc<Self>, list: &List<W>) -> Option<W> {
        let work = lock(&self.work);
        let work = wait_timeout(&self.given, work, PATIENCE, |work| work.is_none()).take();
        if work.is_some() {
            return work;
        }
        if self.withdraw(list) {
            return None;
        }
        // Somebody found the thread idle and is about to give it work.
        let mut work = lock(&self.work);
        while work.is_none() {
            work = self.given.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        work.take()
    }
}
