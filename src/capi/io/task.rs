//! Functions of `io/task.h`.

use glib_sys::{GDestroyNotify, GMainContext, gpointer};

use crate::abi::io::task::{QIOTask, QIOTaskFunc, QIOTaskWorker};
use crate::abi::qemu::typedefs::Error;
use crate::abi::qom::object::Object;
use crate::host::error::{Destination, OwnedError};
use crate::task::{Owned, Task};

/// Creates a task. Nothing is started.
///
/// @param source (nullable): the object that the operation is about, of which the task takes
///          a reference
/// @param func called when the operation is complete; the task is freed when it returns
/// @param opaque (nullable): passed to `func`
/// @param destroy (nullable): called with `opaque` when the task is freed
///
/// @return (transfer full): the task; completing it frees it.
///
/// # Safety
///
/// `source` is NULL or a live object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_new(
    source: *mut Object,
    func: QIOTaskFunc,
    opaque: gpointer,
    destroy: GDestroyNotify,
) -> *mut QIOTask {
    // SAFETY: passed on to the caller.
    unsafe { Task::create(source, func, Owned { data: opaque, destroy }) }
}

/// Runs a function in another thread, in which all signals but those of faults are
/// blocked. When it returns, an idle source in `context` completes the task.
///
/// The thread has nothing else to do meanwhile: tasks do not wait for each other, however
/// many there are. It may be one in which an earlier task of the calling thread worked. Its
/// name, signal mask, cancellation and locale are those of a new thread in any case; other
/// things that a worker changes of its thread it has to put back, and thread-local variables
/// are as the last worker has left them. A thread without work ends after a moment.
///
/// If no thread can be created, the task fails in the same way, with an error.
///
/// @param task the task; the caller must not use it again, except for qio_task_wait_thread()
/// @param worker does the work and leaves the outcome in the task
/// @param opaque (nullable): passed to `worker`
/// @param destroy (nullable): called with `opaque` when the task is freed, in the thread that
///           completes it
/// @param context (nullable): the main context; NULL for the global default one
///
/// # Safety
///
/// `task` is alive and was not given to this function before; `worker` may be called
/// with `opaque` in any thread; `context` is NULL or a live context.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_run_in_thread(
    task: *mut QIOTask,
    worker: QIOTaskWorker,
    opaque: gpointer,
    destroy: GDestroyNotify,
    context: *mut GMainContext,
) {
    // SAFETY: passed on to the caller.
    unsafe { Task::run_in_thread(task, worker, Owned { data: opaque, destroy }, context) };
}

/// Waits until the worker of a task has returned, and completes the task in the calling
/// thread. No main context runs meanwhile, and nothing stays pending in the task's.
///
/// @param task a task that was given to qio_task_run_in_thread() and is not complete; it is
///        freed. To be called by the thread that runs the task's context
///
/// # Safety
///
/// `task` is alive.
///
/// @if !QIO_API_BEFORE(4, 0)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_wait_thread(task: *mut QIOTask) {
    // SAFETY: passed on to the caller.
    unsafe { Task::wait(task) };
}

/// Completes a task: calls its function, here and now, and frees it.
///
/// @param task (transfer full): a task that was not given to qio_task_run_in_thread()
///
/// # Safety
///
/// `task` is alive, and its function is not being called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_complete(task: *mut QIOTask) {
    // SAFETY: passed on to the caller.
    unsafe { Task::complete(task) };
}

/// Says that the operation failed. The first error counts.
///
/// @param task the task
/// @param err (transfer full) (nullable): the error; NULL does nothing
///
/// # Safety
///
/// `task` is alive and used by one thread; `err` is NULL or an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_set_error(task: *mut QIOTask, err: *mut Error) {
    // SAFETY: passed on to the caller.
    unsafe {
        if let Some(error) = OwnedError::from_raw(err) {
            Task::from_raw(task).set_error(error);
        }
    }
}

/// Takes the error out of a task.
///
/// @param task the task
/// @param errp where to store the error, or NULL to free it
///
/// @return true if there was one.
///
/// # Safety
///
/// `task` is alive and used by one thread; `errp` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_propagate_error(
    task: *mut QIOTask,
    errp: *mut *mut Error,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Task::from_raw(task).propagate_error(Destination::from_raw(errp)) }
}

/// Leaves a result in a task, in place of an earlier one, which is not released.
///
/// @param task the task
/// @param result (nullable): the result
/// @param notify (nullable): called with `result` when the task is freed
///
/// # Safety
///
/// `task` is alive and used by one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_set_result_pointer(
    task: *mut QIOTask,
    result: gpointer,
    notify: GDestroyNotify,
) {
    // SAFETY: passed on to the caller.
    unsafe { Task::from_raw(task) }.set_result(Owned { data: result, destroy: notify });
}

/// Returns what qio_task_set_result_pointer() has left.
///
/// @param task the task
///
/// @return (transfer none) (nullable): the result, which belongs to the task; NULL if there
/// is none.
///
/// # Safety
///
/// `task` is alive and used by one thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_get_result_pointer(task: *mut QIOTask) -> gpointer {
    // SAFETY: passed on to the caller.
    unsafe { Task::from_raw(task) }.result()
}

/// Returns the object that a task is about.
///
/// @param task the task
///
/// @return (transfer none) (nullable): the source object; NULL if there is none.
///
/// # Safety
///
/// `task` is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qio_task_get_source(task: *mut QIOTask) -> *mut Object {
    // SAFETY: passed on to the caller.
    unsafe { Task::from_raw(task) }.source()
}
