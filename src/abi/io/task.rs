//! Types of `io/task.h`.

use glib_sys::gpointer;

/// An operation that ends later than the call that started it.
///
/// A task has a source object, which it keeps alive, and a function to call when
/// the operation is complete. That function fetches the outcome from the task,
/// which is freed when it returns.
///
/// cbindgen:ignore
#[repr(C)]
pub struct QIOTask {
    _private: [u8; 0],
}

/// Called when the operation is complete, with the data given to
/// `qio_task_new()`. The task is freed when it returns.
pub type QIOTaskFunc = Option<unsafe extern "C" fn(task: *mut QIOTask, opaque: gpointer)>;

/// Does the work of a task in another thread, with the data given to
/// `qio_task_run_in_thread()`. It leaves the outcome in the task, and must not
/// complete it.
pub type QIOTaskWorker = Option<unsafe extern "C" fn(task: *mut QIOTask, opaque: gpointer)>;
