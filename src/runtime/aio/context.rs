//! The context: its life, its poll, and its face as a GSource.

use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, Ordering};

use glib_sys::{
    G_IO_IN, GPollFD, GSource, GSourceFunc, GSourceFuncs, GTRUE, g_source_add_poll, g_source_new,
    g_source_ref, g_source_set_can_recurse, g_source_unref, gboolean, gpointer,
};

use super::bottom_half::{self, BottomHalf, Task};
use super::handlers::Registration;
use super::monitor::Monitor;
use super::schedule::Arrivals;
use super::timer::Timers;
use super::wake::Waker;
use super::{RawContext, current};
use crate::abi::qemu::timer::QEMUTimerListGroup;
use crate::error::Error;
use crate::runtime::sync::RecursiveLock;
use crate::sys::Errno;
use crate::sys::event::to_milliseconds;

/// An event context. Its address is that of its GSource, and what C knows as
/// `AioContext *`.
///
/// Shared between threads. The parts that any thread uses lock, or are atomic; the
/// others are the home thread's.
#[repr(C)]
pub(crate) struct Context {
    source: GSource,
    /// What GLib polls: the epoll descriptor.
    poll: UnsafeCell<GPollFD>,
    /// Whether it is known what GLib's poll has found.
    is_collected: Cell<bool>,
    pub(super) waker: Waker,
    monitor: Monitor,
    pub(super) bottom_halves: bottom_half::Queue,
    timers: Timers,
    pub(super) arrivals: Arrivals,
    /// Enters the coroutines in `arrivals`.
    pub(super) greeter: Cell<*const BottomHalf>,
    /// For `aio_context_acquire()`.
    lock: RecursiveLock,
    /// How many threads are bound to the context.
    bound_threads: AtomicU32,
    /// Whether work here counts as work for the main context.
    is_iohandler: Cell<bool>,
}

/// A table that GLib reads and never writes.
struct SourceFuncs(GSourceFuncs);

// SAFETY: the table is never written.
unsafe impl Sync for SourceFuncs {}

static SOURCE_FUNCS: SourceFuncs = SourceFuncs(GSourceFuncs {
    prepare: Some(prepare),
    check: Some(check),
    dispatch: Some(dispatch),
    finalize: Some(finalize),
    closure_callback: None,
    closure_marshal: None,
});

/// The context behind a GSource.
unsafe fn context<'a>(source: *mut GSource) -> &'a Context {
    // SAFETY: GLib calls the functions of the table above for the sources that
    // `Context::new` made.
    unsafe { &*source.cast::<Context>() }
}

unsafe extern "C" fn prepare(source: *mut GSource, timeout: *mut c_int) -> gboolean {
    // SAFETY: as in `context`.
    let ctx = unsafe { context(source) };
    ctx.waker.glib_may_sleep();
    ctx.is_collected.set(false);
    let milliseconds = to_milliseconds(earlier(ctx.monitor.prepare(), ctx.timeout()));
    // SAFETY: GLib passes a place for the timeout.
    unsafe { timeout.write(milliseconds) };
    gboolean::from(milliseconds == 0)
}

unsafe extern "C" fn check(source: *mut GSource) -> gboolean {
    // SAFETY: as in `context`.
    let ctx = unsafe { context(source) };
    ctx.collect();
    gboolean::from(
        ctx.bottom_halves.has_work() || ctx.monitor.has_work() || ctx.timers.timeout() == 0,
    )
}

unsafe extern "C" fn dispatch(
    source: *mut GSource,
    callback: GSourceFunc,
    _data: gpointer,
) -> gboolean {
    if callback.is_some() {
        fatal!("aio_get_g_source: a callback was set on the source of a context");
    }
    // SAFETY: as in `context`; GLib keeps a reference while it dispatches.
    let ctx = unsafe { context(source) };
    // GLib does not check what was ready before it polled.
    if !ctx.is_collected.replace(false) {
        ctx.collect();
        ctx.is_collected.set(false);
    }
    ctx.run();
    GTRUE
}

unsafe extern "C" fn finalize(source: *mut GSource) {
    // SAFETY: nobody else has the context any more. What GLib owns, the GSource,
    // has no destructor.
    unsafe {
        let ctx = source.cast::<Context>();
        (*ctx).finish();
        ptr::drop_in_place(ctx);
    }
}

impl Context {
    /// A new context, with one reference.
    pub(crate) fn new() -> Result<NonNull<Self>, Error> {
        let failed = |errno: Errno| Error::with_errno(errno, "Failed to create an event context");
        let waker = Waker::new().map_err(failed)?;
        let monitor = Monitor::new(&waker).map_err(failed)?;
        let funcs = (&raw const SOURCE_FUNCS.0).cast_mut();
        // SAFETY: GLib allocates a zeroed `Context` and initialises the GSource in
        // it; all other fields are written here before anybody can see them. The
        // poll record lives inside the source, and so as long as it.
        unsafe {
            let source = g_source_new(funcs, size_of::<Self>() as u32);
            let ctx = source.cast::<Self>();
            let poll = GPollFD { fd: monitor.descriptor(), events: G_IO_IN as u16, revents: 0 };
            (&raw mut (*ctx).poll).write(UnsafeCell::new(poll));
            (&raw mut (*ctx).is_collected).write(Cell::new(false));
            (&raw mut (*ctx).waker).write(waker);
            (&raw mut (*ctx).monitor).write(monitor);
            (&raw mut (*ctx).bottom_halves).write(bottom_half::Queue::new());
            (&raw mut (*ctx).timers).write(Timers::new());
            (&raw mut (*ctx).arrivals).write(Arrivals::new());
            (&raw mut (*ctx).greeter).write(Cell::new(ptr::null()));
            (&raw mut (*ctx).lock).write(RecursiveLock::new());
            (&raw mut (*ctx).bound_threads).write(AtomicU32::new(0));
            (&raw mut (*ctx).is_iohandler).write(Cell::new(false));
            (*ctx).timers.set_up(ctx);
            (*ctx).greeter.set((*ctx).new_greeter().as_ptr());
            g_source_add_poll(source, (*ctx).poll.get());
            g_source_set_can_recurse(source, GTRUE);
            Ok(NonNull::new_unchecked(ctx))
        }
    }

    fn new_greeter(&self) -> NonNull<BottomHalf> {
        let opaque: *mut c_void = ptr::from_ref(self).cast_mut().cast();
        BottomHalf::new(
            self,
            Task { callback: Some(greet), opaque, name: c"aio_co_schedule".as_ptr() },
        )
    }

    /// The context behind a C pointer.
    ///
    /// # Safety
    ///
    /// `ctx` is a context that is alive as long as the reference is used.
    #[inline]
    pub(crate) unsafe fn from_raw<'a>(ctx: *mut RawContext) -> &'a Self {
        // SAFETY: passed on to the caller.
        unsafe { &*ctx.cast::<Self>() }
    }

    /// The pointer that C knows the context by.
    #[inline]
    pub(crate) fn as_raw(&self) -> *mut RawContext {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// The GSource.
    pub(crate) fn source(&self) -> *mut GSource {
        (&raw const self.source).cast_mut()
    }

    /// Takes a reference.
    pub(crate) fn retain(&self) {
        // SAFETY: a GSource may be referenced from any thread.
        unsafe { g_source_ref(self.source()) };
    }

    /// Drops a reference.
    ///
    /// # Safety
    ///
    /// The caller owns one, and does not use the context afterwards.
    pub(crate) unsafe fn release(&self) {
        // SAFETY: passed on to the caller.
        unsafe { g_source_unref(self.source()) };
    }

    /// Makes work here count as work for the main context.
    pub(crate) fn set_iohandler(&self) {
        self.is_iohandler.set(true);
    }

    /// What the current context is while this one is dispatched.
    pub(super) fn as_current(&self) -> *mut RawContext {
        if self.is_iohandler.get() {
            crate::runtime::main_loop::main_context().as_raw()
        } else {
            self.as_raw()
        }
    }

    /// Counts a thread that is bound to the context.
    pub(super) fn count_bound_thread(&self, is_bound: bool) {
        if is_bound {
            self.bound_threads.fetch_add(1, Ordering::Relaxed);
        } else {
            self.bound_threads.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether some thread is bound to the context.
    pub(super) fn has_bound_thread(&self) -> bool {
        self.bound_threads.load(Ordering::Relaxed) > 0
    }

    /// The lock that callers of the API share a context with.
    pub(crate) fn lock(&self) -> &RecursiveLock {
        &self.lock
    }

    /// The timers of the context.
    pub(crate) fn timer_group(&self) -> *const QEMUTimerListGroup {
        self.timers.group()
    }

    /// Wakes the context if it sleeps, after it was given work.
    #[inline]
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Wakes the context; if nobody polls it now, the next poll does not sleep.
    pub(crate) fn notify(&self) {
        self.waker.notify();
    }

    /// Replaces what is registered for `fd`.
    pub(crate) fn set_fd_handler(&self, fd: c_int, registration: Registration) {
        if self.monitor.handlers().set(fd, registration) {
            self.wake();
        }
    }

    /// Ignores external descriptors until `enable_external` was called as often.
    pub(crate) fn disable_external(&self) {
        self.monitor.handlers().disable_external();
    }

    /// The opposite of `disable_external`.
    pub(crate) fn enable_external(&self) {
        match self.monitor.handlers().enable_external() {
            Some(true) => self.wake(),
            Some(false) => {}
            None => fatal!("aio_enable_external: external events are not disabled"),
        }
    }

    /// Whether external descriptors are ignored.
    pub(crate) fn external_disabled(&self) -> bool {
        self.monitor.handlers().external_disabled()
    }

    /// Runs the bottom halves. True if there was one that counts.
    pub(crate) fn run_bottom_halves(&self) -> bool {
        self.bottom_halves.run()
    }

    /// How long a poll may sleep, in nanoseconds; negative: for ever.
    fn timeout(&self) -> i64 {
        match self.bottom_halves.timeout() {
            0 => 0,
            later => earlier(later, self.timers.timeout()),
        }
    }

    /// Nanoseconds until the next timer; negative: there is none.
    pub(crate) fn timer_timeout(&self) -> i64 {
        self.timers.timeout()
    }

    /// Finds out which descriptors are ready, after GLib has polled.
    fn collect(&self) {
        self.waker.glib_is_awake();
        self.is_collected.set(true);
        // SAFETY: GLib writes the record while it polls, on this thread.
        let polled = unsafe { (*self.poll.get()).revents };
        if polled == 0 {
            self.monitor.collect_unknown();
        } else {
            self.monitor.wait_many(&self.waker, 0);
        }
    }

    /// Runs what is there to be run.
    fn run(&self) -> bool {
        let _dispatching = current::Dispatching::start(self);
        let mut progress = self.bottom_halves.run();
        progress |= self.monitor.dispatch();
        progress |= self.timers.run();
        progress
    }

    /// One turn: waits, if `blocking` and nothing is there to be done, and runs
    /// what is ready. True if something was run.
    pub(crate) fn poll(&self, blocking: bool) -> bool {
        if !current::may_poll(self) {
            fatal!("aio_poll: not called in the context's home thread");
        }
        if blocking {
            self.wait();
        } else {
            self.monitor.wait(&self.waker, 0);
        }
        self.waker.accept();
        self.run()
    }

    fn wait(&self) {
        let must_not_sleep = self.waker.poll_may_sleep();
        let timeout = if must_not_sleep { 0 } else { self.timeout() };
        self.monitor.wait(&self.waker, timeout);
        self.waker.poll_is_awake();
    }

    /// Checks that nothing is left to be done, and frees what the context owns.
    fn finish(&mut self) {
        if !self.arrivals.is_empty() {
            fatal!("aio_context_unref: a coroutine is still scheduled in the context");
        }
        // SAFETY: made by `new`, and not freed before this.
        unsafe { &*self.greeter.get() }.delete();
        self.bottom_halves.finish();
        self.timers.finish();
    }
}

/// The earlier of two timeouts, of which negative ones mean "for ever".
pub(crate) fn earlier(first: i64, second: i64) -> i64 {
    // As an unsigned number "for ever" is the largest.
    if first.cast_unsigned() < second.cast_unsigned() { first } else { second }
}

/// Enters the coroutines that were scheduled in a context.
unsafe extern "C" fn greet(opaque: *mut c_void) {
    // SAFETY: `new_greeter` passes the context, which owns the bottom half.
    unsafe { &*opaque.cast::<Context>() }.greet();
}

const _: () = assert!(std::mem::offset_of!(Context, source) == 0);
