//! The handshake: a task that waits on the master as often as needed.
//!
//! ```text
//! step -> failed, or complete and checked -> the task's function
//! step -> would block -> wait -> the master is ready -> step
//!                        wait -> closed, or the context dies -> the task is dropped
//! ```

use std::cell::Cell;
use std::ptr::NonNull;

use glib_sys::{
    G_IO_IN, G_IO_OUT, GFALSE, GIOCondition, GMainContext, g_main_context_ref,
    g_main_context_unref, gboolean, gpointer,
};

use super::cold::{self, Direction, Operation};
use super::{QIOChannelTLS, host_error};
use crate::abi::io::channel::QIOChannel;
use crate::abi::io::task::{QIOTask, QIOTaskFunc};
use crate::channel::dispatch::Channel;
use crate::channel::watch::widen;
use crate::error::Error;
use crate::host::tls::Progress;
use crate::task::{Owned, Task};

/// The task of a handshake, dropped without a call of its function unless it is
/// completed.
struct Pending(*mut QIOTask);

impl Pending {
    /// The channel that shakes hands; the task keeps it alive.
    fn channel(&self) -> &QIOChannelTLS {
        // SAFETY: the task is alive, and its source is the channel.
        unsafe { &*Task::from_raw(self.0).source().cast::<QIOChannelTLS>() }
    }

    /// Tells the caller how it ended. The channel may be gone afterwards.
    fn complete(self, result: Result<(), Error>) {
        let task = self.0;
        std::mem::forget(self);
        // SAFETY: this value owned the task.
        unsafe {
            if let Err(error) = result {
                Task::from_raw(task).set_error(error.into_object(c"qio_channel_tls_handshake"));
            }
            Task::complete(task);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // SAFETY: this value owns the task, which no thread works on.
        unsafe { Task::release(self.0) };
    }
}

/// A reference to a main context; `None` is the global default one.
struct Context(Option<NonNull<GMainContext>>);

impl Context {
    /// # Safety
    ///
    /// `context` is NULL or alive.
    unsafe fn new(context: *mut GMainContext) -> Self {
        // SAFETY: passed on to the caller.
        Self(NonNull::new(context).inspect(|context| unsafe {
            g_main_context_ref(context.as_ptr());
        }))
    }

    fn as_ptr(&self) -> *mut GMainContext {
        self.0.map_or(std::ptr::null_mut(), NonNull::as_ptr)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if let Some(context) = self.0 {
            // SAFETY: this value owns a reference.
            unsafe { g_main_context_unref(context.as_ptr()) };
        }
    }
}

/// What the source owns while a handshake waits.
struct Waiting {
    task: Cell<Option<Pending>>,
    context: Context,
}

/// Starts the handshake of `channel`. `function` is called when it is over, perhaps
/// before this returns.
///
/// # Safety
///
/// `channel` is alive, `context` NULL or alive; `function` and what `opaque` holds
/// may be used in the thread that runs the context.
pub(crate) unsafe fn start(
    channel: *mut QIOChannelTLS,
    function: QIOTaskFunc,
    opaque: Owned,
    context: *mut GMainContext,
) {
    // SAFETY: passed on to the caller.
    let task = unsafe { Pending(Task::create(channel.cast(), function, opaque)) };
    step(task, context);
}

/// Goes on until the handshake is over or has to wait.
fn step(task: Pending, context: *mut GMainContext) {
    match advance(task.channel()) {
        Ok(Progress::Complete) => task.complete(Ok(())),
        Ok(Progress::Sending) => wait(task, G_IO_OUT, context),
        Ok(Progress::Receiving) => wait(task, G_IO_IN, context),
        Err(error) => task.complete(Err(error)),
    }
}

/// Lets the session do what it can, and checks the peer at the end.
fn advance(channel: &QIOChannelTLS) -> Result<Progress, Error> {
    let session = channel.session()?;
    let progress = {
        let _guard = channel.state().lock();
        session.handshake()
    };
    match progress {
        Ok(Progress::Complete) => {
            session.check_credentials().map_err(host_error)?;
            Ok(Progress::Complete)
        }
        Ok(progress) => Ok(progress),
        Err(error) => Err(with_cause(channel, host_error(error))),
    }
}

/// The error of a handshake, with what the master had to say about it.
#[cold]
fn with_cause(channel: &QIOChannelTLS, error: Error) -> Error {
    let read = cold::take_failure(channel, Direction::Read);
    let write = cold::take_failure(channel, Direction::Write);
    let Some(cause) = write.or(read) else { return error };
    let cause = cause.into_object(c"qio_channel_tls_handshake");
    let error = error.into_object(c"qio_channel_tls_handshake");
    let (error, cause) = (error.message().to_string_lossy(), cause.message().to_string_lossy());
    Error::new(format!("{error}: {cause}"))
}

/// Goes on when the master is ready.
fn wait(task: Pending, condition: GIOCondition, context: *mut GMainContext) {
    let master = match task.channel().master() {
        // SAFETY: the task keeps the channel alive, and that its master, until the
        // source is attached and has its own reference.
        Ok(master) => unsafe { Channel::from_raw(master.as_ptr()) },
        Err(error) => return task.complete(Err(error)),
    };
    let watch = master.create_watch(condition);
    widen(&watch);
    // SAFETY: the channel is alive. It knows the source before another thread can
    // dispatch it.
    unsafe { cold::set_waiting(task.channel(), Operation::Handshake, watch.as_ptr()) };
    // SAFETY: the context was alive for the caller, and the source has its own
    // reference. The callback owns the box until `forget` takes it back.
    unsafe {
        let context = Context::new(context);
        let raw = context.as_ptr();
        let waiting = Box::new(Waiting { task: Cell::new(Some(task)), context });
        watch.attach(Some(resume), Box::into_raw(waiting).cast(), Some(forget), raw);
    }
}

unsafe extern "C" fn resume(
    _master: *mut QIOChannel,
    _condition: GIOCondition,
    waiting: gpointer,
) -> gboolean {
    // SAFETY: the source owns the box until this function has returned.
    let waiting = unsafe { &*waiting.cast_const().cast::<Waiting>() };
    if let Some(task) = waiting.task.take() {
        cold::clear_waiting(task.channel(), Operation::Handshake);
        step(task, waiting.context.as_ptr());
    }
    GFALSE
}

unsafe extern "C" fn forget(waiting: gpointer) {
    // SAFETY: the source gives up the box.
    drop(unsafe { Box::from_raw(waiting.cast::<Waiting>()) });
}
