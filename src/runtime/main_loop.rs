//! The main loop: two contexts on GLib's default main context, and a lock.
//!
//! The *iohandler* context is not served by a nested poll of the *main* context;
//! channels without a context and the main loop's timers are there. Both contexts
//! come into being when something first needs them, on any thread, and that
//! changes nothing else in the process.

use std::cell::{Cell, UnsafeCell};
use std::ffi::c_int;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};

use glib_sys::{
    GMainContext, GPollFD, g_main_context_acquire, g_main_context_check, g_main_context_default,
    g_main_context_dispatch, g_main_context_prepare, g_main_context_query, g_main_context_release,
    g_source_attach, g_source_set_name,
};
use libc::pollfd;
use smallvec::SmallVec;

use crate::abi::qemu::thread::{QemuCond, QemuMutex};
use crate::abi::qemu::timer::QEMUTimerListGroup;
use crate::error::Error;
use crate::runtime::aio::{self, Context, earlier};
use crate::runtime::sync::{self, condition};
use crate::runtime::thread::thread;
use crate::sys::{Errno, event};

/// The contexts of the main thread.
struct MainLoop {
    main: &'static Context,
    iohandler: &'static Context,
}

// SAFETY: contexts are shared between threads.
unsafe impl Send for MainLoop {}
// SAFETY: as above.
unsafe impl Sync for MainLoop {}

static MAIN_LOOP: OnceLock<MainLoop> = OnceLock::new();

/// The main loop, made if there is none yet.
fn try_main_loop() -> Result<&'static MainLoop, Error> {
    static CREATING: Mutex<()> = Mutex::new(());
    if let Some(main_loop) = MAIN_LOOP.get() {
        return Ok(main_loop);
    }
    let _creating = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(main_loop) = MAIN_LOOP.get() {
        return Ok(main_loop);
    }
    let main = Context::new()?;
    let iohandler = match Context::new() {
        Ok(iohandler) => iohandler,
        Err(error) => {
            // SAFETY: the only reference to a context that nobody knows.
            unsafe { main.as_ref().release() };
            return Err(error);
        }
    };
    // SAFETY: the references that `new` gave are never dropped.
    let main_loop = unsafe { MainLoop { main: main.as_ref(), iohandler: iohandler.as_ref() } };
    main_loop.iohandler.set_iohandler();
    let main_loop = MAIN_LOOP.get_or_init(|| main_loop);
    attach(main_loop);
    Ok(main_loop)
}

/// Has GLib's default main context serve the contexts.
fn attach(main_loop: &MainLoop) {
    for (ctx, name) in [(main_loop.main, c"aio-context"), (main_loop.iohandler, c"io-handler")] {
        // SAFETY: the source is alive; GLib copies the name.
        unsafe {
            g_source_set_name(ctx.source(), name.as_ptr());
            g_source_attach(ctx.source(), ptr::null_mut());
        }
    }
}

fn main_loop() -> &'static MainLoop {
    try_main_loop().unwrap_or_else(|error| {
        let cause = error.errno().map_or(0, Errno::get);
        fatal!(
            "qemu_get_aio_context: the main loop cannot be created: {}",
            std::io::Error::from_raw_os_error(cause)
        )
    })
}

/// The main context.
pub(crate) fn main_context() -> &'static Context {
    main_loop().main
}

/// The context that nested polls of the main context do not serve.
pub(crate) fn iohandler_context() -> &'static Context {
    main_loop().iohandler
}

/// The timers of the main loop.
pub(crate) fn timer_group() -> *const QEMUTimerListGroup {
    iohandler_context().timer_group()
}

/// Wakes the main loop, if there is one.
pub(crate) fn notify() {
    if let Some(main_loop) = MAIN_LOOP.get() {
        main_loop.main.notify();
    }
}

/// Makes the calling thread the main thread.
pub(crate) fn initialise() -> Result<(), Error> {
    /// Whether a thread was made the main thread.
    static TAKEN: Mutex<bool> = Mutex::new(false);
    let main = try_main_loop()?.main;
    let bound = thread().bound.get();
    if bound == main.as_raw() {
        return Ok(());
    }
    let busy = |message: &'static str| Err(Error::with_errno(Errno::new(libc::EBUSY), message));
    if !bound.is_null() {
        return busy("The thread serves another event context");
    }
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::replace(&mut *taken, true) {
        return busy("The main loop belongs to another thread");
    }
    // SAFETY: the main context lives for ever.
    unsafe { aio::bind(main.as_raw()) };
    Ok(())
}

/// Descriptors that one turn polls without touching the heap.
const POLL_RECORDS: usize = 16;

/// One turn of GLib's default main context.
pub(crate) fn turn(non_blocking: bool) {
    let main_loop = main_loop();
    // SAFETY: the default main context lives for ever. Between acquire and
    // release, which stand here in pairs, this thread owns it.
    unsafe {
        let context = g_main_context_default();
        if g_main_context_acquire(context) == 0 {
            return;
        }
        turn_acquired(main_loop, context, non_blocking);
        g_main_context_release(context);
    }
}

/// # Safety
///
/// The calling thread owns `context`.
unsafe fn turn_acquired(main_loop: &MainLoop, context: *mut GMainContext, non_blocking: bool) {
    let mut priority = 0;
    // SAFETY: passed on to the caller.
    unsafe { g_main_context_prepare(context, &raw mut priority) };
    // SAFETY: passed on to the caller.
    let (mut fds, timeout) = unsafe { query(context, priority) };
    let timeout = if non_blocking {
        0
    } else {
        // GLib counts in milliseconds; a timer of ours may be due before.
        let by_glib = if timeout < 0 { -1 } else { i64::from(timeout) * 1_000_000 };
        earlier(by_glib, main_loop.iohandler.timer_timeout())
    };
    let had_lock = is_locked();
    if had_lock {
        unlock("main_loop_wait");
    }
    event::poll(&mut fds, timeout);
    if had_lock {
        lock("main_loop_wait");
    }
    // SAFETY: as above; the records are those that `query` filled in, in GLib's
    // layout.
    unsafe {
        let records = fds.as_mut_ptr().cast::<GPollFD>();
        if g_main_context_check(context, priority, records, fds.len() as c_int) != 0 {
            g_main_context_dispatch(context);
        }
    }
}

type PollRecords = SmallVec<[pollfd; POLL_RECORDS]>;

/// What GLib wants to have polled, and for how long at most.
///
/// # Safety
///
/// The calling thread owns `context` and has prepared it.
unsafe fn query(context: *mut GMainContext, priority: c_int) -> (PollRecords, c_int) {
    let mut fds = PollRecords::new();
    fds.resize(POLL_RECORDS, pollfd { fd: -1, events: 0, revents: 0 });
    let mut timeout = -1;
    loop {
        // SAFETY: passed on to the caller; GLib's records are laid out like those
        // of poll(2), and there are as many as it is told.
        let needed = unsafe {
            g_main_context_query(
                context,
                priority,
                &raw mut timeout,
                fds.as_mut_ptr().cast(),
                fds.len() as c_int,
            )
        };
        let needed = usize::try_from(needed).unwrap_or(0);
        let fits = needed <= fds.len();
        fds.resize(needed, pollfd { fd: -1, events: 0, revents: 0 });
        if fits {
            return (fds, timeout);
        }
    }
}

const _: () = assert!(size_of::<GPollFD>() == size_of::<pollfd>());

/// The lock that the threads of an emulator share.
struct GlobalLock(QemuMutex);

// SAFETY: a mutex is for use by many threads.
unsafe impl Sync for GlobalLock {}

static GLOBAL_LOCK: GlobalLock = GlobalLock(QemuMutex {
    lock: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER),
    initialized: Cell::new(true),
});

/// Takes the global lock.
pub(crate) fn lock(function: &str) {
    if is_locked() {
        fatal!("{function}: this thread holds the global lock already");
    }
    sync::lock(&GLOBAL_LOCK.0, function);
    thread().holds_global_lock.set(true);
}

/// Gives the global lock back.
pub(crate) fn unlock(function: &str) {
    if !is_locked() {
        fatal!("{function}: this thread does not hold the global lock");
    }
    thread().holds_global_lock.set(false);
    sync::unlock(&GLOBAL_LOCK.0, function);
}

/// Whether this thread holds the global lock.
pub(crate) fn is_locked() -> bool {
    thread().holds_global_lock.get()
}

/// Waits for a condition, with the global lock unlocked meanwhile; at most
/// `milliseconds`, if given. False if nobody woke it in time.
pub(crate) fn wait_unlocked(cond: &QemuCond, milliseconds: Option<c_int>, function: &str) -> bool {
    if !is_locked() {
        fatal!("{function}: this thread does not hold the global lock");
    }
    thread().holds_global_lock.set(false);
    let woken = match milliseconds {
        None => {
            condition::wait(cond, &GLOBAL_LOCK.0);
            true
        }
        Some(milliseconds) => condition::wait_for(cond, &GLOBAL_LOCK.0, milliseconds),
    };
    thread().holds_global_lock.set(true);
    woken
}
