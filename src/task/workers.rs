//! The threads in which tasks work.
//!
//! Work never waits for a thread that is busy: an idle one takes it, or a new one is
//! started, however many there are. A thread that has nothing to do any more stays for
//! a moment, as tasks come in bursts and starting a thread costs more than most of
//! them; so a process in which no task runs has no thread of ours.
//!
//! A worker must not notice where another one has been. What a function changes of its
//! thread by accident is put back. What a new thread inherits from the one that starts
//! it (scheduling, processors, name spaces, …) is that of the task's own thread, as it
//! was when the worker's started: an idle thread only works for the thread that started
//! it.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Work;
use super::idle::{Idle, List, Worker, give};
use crate::sync::Mutex;
use crate::sys::{Errno, thread};

const NAME: &CStr = c"io-task-worker";

/// The threads of the process that have nothing to do.
static IDLE: List<Work> = Mutex::new(Idle::new());

/// Does the work in another thread, at once. Gives it back if none can be started.
pub(super) fn take_on(work: Work) -> Result<(), (Errno, Work)> {
    let starter = number_of_this_thread();
    match give(&IDLE, starter, work) {
        Ok(()) => Ok(()),
        Err(work) => start(&Worker::new(starter, work)),
    }
}

fn start(worker: &Arc<Worker<Work>>) -> Result<(), (Errno, Work)> {
    let data = Arc::into_raw(Arc::clone(worker)).cast_mut().cast();
    // SAFETY: `serve` takes over the reference that the pointer stands for.
    if let Err(errno) = unsafe { thread::start(serve, data) } {
        // SAFETY: nobody else took it over.
        drop(unsafe { Arc::from_raw(data.cast::<Worker<Work>>()) });
        if let Some(work) = worker.take_work() {
            return Err((errno, work));
        }
    }
    Ok(())
}

/// What a thread does from its start to its end.
extern "C" fn serve(worker: *mut c_void) -> *mut c_void {
    // SAFETY: `start` passes a reference.
    let worker = unsafe { Arc::from_raw(worker.cast::<Worker<Work>>().cast_const()) };
    thread::set_name(NAME);
    while let Some(work) = worker.next(&IDLE) {
        work.perform();
        // Whoever learns that the work is done may have more, and finds a thread that
        // is as good as idle: publishing waits for nobody.
        let stays = worker.offer(&IDLE);
        work.publish();
        if !stays {
            break;
        }
        thread::refresh();
        thread::set_name(NAME);
    }
    null_mut()
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
