//! The threads in which tasks work.
//!
//! Work never waits for a thread that is busy: an idle one takes it, or a new one is
//! started, however many there are. A thread that has nothing to do any more stays for
//! a moment, as tasks come in bursts and starting a thread costs more than most of
//! them; so a process in which no task runs has no thread of ours.
//!
//! A worker must not notice where another one has been. What a function changes of its
//! thread by accident is put back; what a new thread inherits from the one that starts
//! it (scheduling, processors, name spaces, …) is inherited all the same, because an
//! idle thread only works for the thread that started it.
//!
//! Nothing here waits for the lock but a thread that already was idle. In a child of
//! `fork()` the lock may be held for ever by a thread that does not exist there; then
//! every piece of work has a thread of its own.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::Work;
use crate::sys::{Errno, thread};

/// How long a thread stays when it has nothing to do.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many threads stay.
const IDLE_MAX: usize = 8;

const NAME: &CStr = c"io-task-worker";

/// Threads with nothing to do.
struct Idle {
    /// The process they are threads of.
    process: u32,
    /// The last one became idle last.
    workers: Vec<Arc<Worker>>,
}

static IDLE: Mutex<Idle> = Mutex::new(Idle { process: 0, workers: Vec::new() });

/// A thread, as others know it.
struct Worker {
    /// The number of the thread that started it.
    starter: u64,
    work: Mutex<Option<Work>>,
    given: Condvar,
}

/// Does the work in another thread, at once. Gives it back if none can be started.
pub(super) fn take_on(work: Work) -> Result<(), (Errno, Work)> {
    let starter = number_of_this_thread();
    match idle_worker(starter) {
        Some(worker) => {
            *lock(&worker.work) = Some(work);
            worker.given.notify_one();
            Ok(())
        }
        None => start(Worker { starter, work: Mutex::new(Some(work)), given: Condvar::new() }),
    }
}

fn start(worker: Worker) -> Result<(), (Errno, Work)> {
    let worker = Arc::new(worker);
    let data = Arc::into_raw(Arc::clone(&worker)).cast_mut().cast();
    // SAFETY: `serve` takes over the reference that the pointer stands for.
    if let Err(errno) = unsafe { thread::start(serve, data) } {
        // SAFETY: nobody else took it over.
        drop(unsafe { Arc::from_raw(data.cast::<Worker>()) });
        if let Some(work) = lock(&worker.work).take() {
            return Err((errno, work));
        }
    }
    Ok(())
}

/// What a thread does from its start to its end.
extern "C" fn serve(worker: *mut c_void) -> *mut c_void {
    // SAFETY: `start` passes a reference.
    let worker = unsafe { Arc::from_raw(worker.cast::<Worker>().cast_const()) };
    thread::set_name(NAME);
    while let Some(work) = worker.next() {
        work.perform();
        // Whoever learns that the work is done may have more, and finds a thread that
        // is as good as idle: publishing waits for nobody.
        let stays = offer(&worker);
        work.publish();
        if !stays {
            break;
        }
        thread::refresh();
        thread::set_name(NAME);
    }
    null_mut()
}

impl Worker {
    /// The next piece of work, or `None` if the thread was idle for long enough.
    fn next(self: &Arc<Self>) -> Option<Work> {
        let work = lock(&self.work);
        let (mut work, _) = self
            .given
            .wait_timeout_while(work, PATIENCE, |work| work.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        if work.is_some() {
            return work.take();
        }
        drop(work);
        if withdraw(self) {
            return None;
        }
        // Somebody found the thread idle and is about to give it work.
        let work = self.given.wait_while(lock(&self.work), |work| work.is_none());
        work.unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Takes an idle thread off the list, the one that became idle last.
fn idle_worker(starter: u64) -> Option<Arc<Worker>> {
    let mut idle = try_lock_idle()?;
    let position = idle.workers.iter().rposition(|worker| worker.starter == starter)?;
    Some(idle.workers.remove(position))
}

/// Puts a thread on the list. False if there are enough.
fn offer(worker: &Arc<Worker>) -> bool {
    let Some(mut idle) = try_lock_idle() else { return false };
    let stays = idle.workers.len() < IDLE_MAX;
    if stays {
        idle.workers.push(Arc::clone(worker));
    }
    stays
}

/// Takes a thread off the list again. False if it is not there any more.
fn withdraw(worker: &Arc<Worker>) -> bool {
    let workers = &mut lock(&IDLE).workers;
    let position = workers.iter().position(|other| Arc::ptr_eq(other, worker));
    position.is_some_and(|position| {
        workers.remove(position);
        true
    })
}

/// The list, unless somebody looks at it.
fn try_lock_idle() -> Option<MutexGuard<'static, Idle>> {
    let mut idle = match IDLE.try_lock() {
        Ok(idle) => idle,
        Err(TryLockError::Poisoned(error)) => error.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    let process = std::process::id();
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

/// A number that no other thread of the process has or had.
fn number_of_this_thread() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static NUMBER: Cell<u64> = const { Cell::new(0) };
    }
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(LAST.fetch_add(1, Ordering::Relaxed) + 1);
        }
        number.get()
    })
}
