//! Operations that end later than the call that started them.
//!
//! A [`Task`] carries the outcome of an operation from where it ends to the function
//! that wants to know. It keeps its source object alive, may run a worker in another
//! thread, and is freed right after that function returns.
//!
//! ```text
//! new -> complete() -> function -> freed
//! new -> run_in_thread() -> worker -> idle source, or wait() -> function -> freed
//! ```

mod completion;
mod idle;
mod workers;

use std::cell::{Cell, OnceCell};
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;

use glib_sys::{
    GDestroyNotify, GFALSE, GMainContext, GSource, g_idle_source_new, g_main_context_ref,
    g_main_context_unref, g_source_attach, g_source_destroy, g_source_set_callback, g_source_unref,
    gboolean, gpointer,
};

use crate::abi::io::task::{QIOTask, QIOTaskFunc, QIOTaskWorker};
use crate::abi::qom::object::Object;
use crate::error::Error;
use crate::host::error::{Destination, OwnedError};
use crate::host::object;

/// A pointer that C gave, and the function that releases what it points to.
#[derive(Clone, Copy)]
pub(crate) struct Owned {
    /// The pointer.
    pub(crate) data: gpointer,
    /// Called with the pointer, even if that is NULL; `None` if there is nothing to
    /// release.
    pub(crate) destroy: GDestroyNotify,
}

impl Owned {
    /// Releases what the pointer points to.
    fn release(self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: whoever gave the pointer gave this function for it, and it is
            // called once.
            unsafe { destroy(self.data) };
        }
    }
}

/// An operation under way.
pub(crate) struct Task {
    source: *mut Object,
    function: QIOTaskFunc,
    opaque: Owned,
    error: Cell<Option<OwnedError>>,
    result: Cell<Owned>,
    thread: OnceCell<Thread>,
}

/// The part of a task that runs in another thread.
struct Thread {
    opaque: Owned,
    /// A reference, unless NULL.
    context: *mut GMainContext,
    completion: Arc<Completion>,
}

/// The source that delivers an outcome; a reference.
struct Source(NonNull<GSource>);

// SAFETY: GSources may be used by any thread.
unsafe impl Send for Source {}

type Completion = completion::Completion<Source>;

impl Task {
    /// A new task, which [`Self::complete`] frees.
    ///
    /// # Safety
    ///
    /// `source` is NULL or a live object.
    pub(crate) unsafe fn create(
        source: *mut Object,
        function: QIOTaskFunc,
        opaque: Owned,
    ) -> *mut QIOTask {
        if !source.is_null() {
            // SAFETY: passed on to the caller.
            unsafe { object::retain(source.cast()) };
        }
        let task = Self {
            source,
            function,
            opaque,
            error: Cell::new(None),
            result: Cell::new(Owned { data: null_mut(), destroy: None }),
            thread: OnceCell::new(),
        };
        Box::into_raw(Box::new(task)).cast()
    }

    /// The task a C caller named.
    ///
    /// # Safety
    ///
    /// `task` is alive for `'a`.
    pub(crate) unsafe fn from_raw<'a>(task: *mut QIOTask) -> &'a Self {
        // SAFETY: passed on to the caller; only `create` makes tasks.
        unsafe { &*task.cast::<Self>() }
    }

    /// The source object; not a new reference.
    pub(crate) fn source(&self) -> *mut Object {
        self.source
    }

    /// Says that the operation failed. The first error counts.
    pub(crate) fn set_error(&self, error: OwnedError) {
        let first = self.error.take();
        self.error.set(first.or(Some(error)));
    }

    /// Takes the error out; it goes where the caller wants it. False if there is none.
    pub(crate) fn propagate_error(&self, destination: Destination) -> bool {
        match self.error.take() {
            Some(error) => {
                destination.propagate(error);
                true
            }
            None => false,
        }
    }

    /// Sets the result. An earlier one is not released.
    pub(crate) fn set_result(&self, result: Owned) {
        self.result.set(result);
    }

    /// The result, or NULL.
    pub(crate) fn result(&self) -> gpointer {
        self.result.get().data
    }

    /// Calls the task's function, and frees the task.
    ///
    /// # Safety
    ///
    /// `task` is alive, and nobody else completes or frees it.
    pub(crate) unsafe fn complete(task: *mut QIOTask) {
        // SAFETY: passed on to the caller.
        let this = unsafe { Self::from_raw(task) };
        let Some(function) = this.function else {
            fatal!("qio_task_complete: the task has no function")
        };
        // SAFETY: the creator of the task gave the function and its data.
        unsafe {
            function(task, this.opaque.data);
            Self::release(task);
        }
    }

    /// Frees a task without calling its function.
    ///
    /// # Safety
    ///
    /// As for [`Self::complete`]; the task was not given to [`Self::run_in_thread`], or
    /// its function was called.
    pub(crate) unsafe fn release(task: *mut QIOTask) {
        // SAFETY: passed on to the caller.
        let mut this = unsafe { Box::from_raw(task.cast::<Self>()) };
        // The order is part of the interface.
        if let Some(thread) = this.thread.take() {
            thread.opaque.release();
            if !thread.context.is_null() {
                // SAFETY: the task's own reference.
                unsafe { g_main_context_unref(thread.context) };
            }
        }
        this.opaque.release();
        this.result.get().release();
        drop(this.error.take());
        if !this.source.is_null() {
            // SAFETY: the task's own reference.
            unsafe { object::release(this.source.cast()) };
        }
    }

    /// Runs `worker` in a thread that does nothing else meanwhile. When it returns, an
    /// idle source in `context` (NULL: the global default one) completes the task.
    ///
    /// # Safety
    ///
    /// `task` is alive and not used by the caller again; `worker` may be called in any
    /// thread; `context` is NULL or alive.
    pub(crate) unsafe fn run_in_thread(
        task: *mut QIOTask,
        worker: QIOTaskWorker,
        opaque: Owned,
        context: *mut GMainContext,
    ) {
        let Some(worker) = worker else { fatal!("qio_task_run_in_thread: there is no worker") };
        if !context.is_null() {
            // SAFETY: passed on to the caller.
            unsafe { g_main_context_ref(context) };
        }
        let completion = Arc::new(Completion::new());
        // SAFETY: passed on to the caller.
        let this = unsafe { Self::from_raw(task) };
        let record = Thread { opaque, context, completion: Arc::clone(&completion) };
        if this.thread.set(record).is_err() {
            fatal!("qio_task_run_in_thread: the task runs already");
        }
        let work = Work { task, worker, data: opaque.data, context, completion };
        if let Err((errno, work)) = workers::take_on(work) {
            let error = Error::with_errno(errno, "Unable to start a thread for the task");
            this.set_error(error.into_object(c"qio_task_run_in_thread"));
            work.publish();
        }
    }

    /// Waits until the worker has returned, and completes the task here and now.
    ///
    /// # Safety
    ///
    /// `task` is alive, and was not completed; the caller is the one that runs its
    /// context.
    pub(crate) unsafe fn wait(task: *mut QIOTask) {
        // SAFETY: passed on to the caller.
        let Some(thread) = (unsafe { Self::from_raw(task) }).thread.get() else {
            fatal!("qio_task_wait_thread: the task has no thread")
        };
        let completion = Arc::clone(&thread.completion);
        if let Some(Source(source)) = completion.wait() {
            // SAFETY: the claim gave us the reference and the task.
            unsafe {
                g_source_destroy(source.as_ptr());
                g_source_unref(source.as_ptr());
                Self::complete(task);
            }
        }
    }
}

/// What a thread has to do.
struct Work {
    task: *mut QIOTask,
    worker: unsafe extern "C" fn(task: *mut QIOTask, opaque: gpointer),
    data: gpointer,
    context: *mut GMainContext,
    completion: Arc<Completion>,
}

// SAFETY: the thread that does the work is the only one to use the task until the
// outcome is published, and the worker may be called with its data in any thread.
unsafe impl Send for Work {}

/// What the idle source needs to deliver an outcome.
struct Delivery {
    task: *mut QIOTask,
    completion: Arc<Completion>,
}

impl Work {
    /// Calls the worker.
    fn perform(&self) {
        // SAFETY: `run_in_thread` was given a worker that may run here; the task lives
        // until the outcome is published.
        unsafe { (self.worker)(self.task, self.data) };
    }

    /// Hands the outcome to the context. The task may be gone when this returns.
    fn publish(self) {
        let delivery = Delivery { task: self.task, completion: Arc::clone(&self.completion) };
        // SAFETY: the source is new, and owns the delivery; the task keeps the context
        // alive, and nobody completes it before the source is attached.
        self.completion.publish(|| unsafe {
            let source = g_idle_source_new();
            let data = Box::into_raw(Box::new(delivery)).cast();
            g_source_set_callback(source, Some(deliver), data, Some(free_delivery));
            g_source_attach(source, self.context);
            Source(NonNull::new_unchecked(source))
        });
    }
}

unsafe extern "C" fn deliver(data: gpointer) -> gboolean {
    // SAFETY: the source's data is a delivery, which it frees after this.
    let delivery = unsafe { &*data.cast::<Delivery>() };
    let completion = Arc::clone(&delivery.completion);
    if let Some(Source(source)) = completion.claim() {
        // SAFETY: the claim gave us the reference and the task.
        unsafe {
            g_source_unref(source.as_ptr());
            Task::complete(delivery.task);
        }
    }
    GFALSE
}

unsafe extern "C" fn free_delivery(data: gpointer) {
    // SAFETY: the source owns the delivery and calls this once.
    drop(unsafe { Box::from_raw(data.cast::<Delivery>()) });
}

/// Work that is written in Rust.
struct Job<T> {
    data: T,
    work: fn(&Task, &T),
}

/// Runs `work` with `data` in another thread, as [`Task::run_in_thread`]. The data is
/// dropped with the task.
///
/// # Safety
///
/// As for [`Task::run_in_thread`].
pub(crate) unsafe fn run<T: Send>(
    task: *mut QIOTask,
    data: T,
    work: fn(&Task, &T),
    context: *mut GMainContext,
) {
    unsafe extern "C" fn worker<T>(task: *mut QIOTask, job: gpointer) {
        // SAFETY: the task is alive while its worker runs, and owns the job.
        let (task, job) = unsafe { (Task::from_raw(task), &*job.cast::<Job<T>>()) };
        (job.work)(task, &job.data);
    }
    unsafe extern "C" fn destroy<T>(job: gpointer) {
        // SAFETY: the task owns the job and calls this once.
        drop(unsafe { Box::from_raw(job.cast::<Job<T>>()) });
    }
    let data = Box::into_raw(Box::new(Job { data, work })).cast();
    // SAFETY: passed on to the caller.
    unsafe {
        let opaque = Owned { data, destroy: Some(destroy::<T>) };
        Task::run_in_thread(task, Some(worker::<T>), opaque, context);
    }
}

#[cfg(all(test, feature = "runtime"))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    unsafe extern "C" fn count(counter: gpointer) {
        // SAFETY: the tests below pass counters.
        unsafe { &*counter.cast::<AtomicUsize>() }.fetch_add(1, Ordering::Relaxed);
    }

    unsafe extern "C" fn never(_task: *mut QIOTask, _opaque: gpointer) {
        std::process::abort();
    }

    #[test]
    fn a_released_task_is_not_completed_but_lets_go_of_everything() {
        let released = AtomicUsize::new(0);
        let data = (&raw const released).cast_mut().cast();
        // SAFETY: the counter outlives the task, which is released once.
        unsafe {
            let owned = Owned { data, destroy: Some(count) };
            let task = Task::create(null_mut(), Some(never), owned);
            Task::from_raw(task).set_result(owned);
            let error = Error::new("unclaimed").into_object(c"test");
            Task::from_raw(task).set_error(error);
            Task::release(task);
        }
        assert_eq!(released.load(Ordering::Relaxed), 2);
    }
}
