//! Coroutines and event contexts.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::NonNull;

use crate::abi::qemu::typedefs::{AioContext, Coroutine, QEMUBH};
use crate::abi::values::IOHandlerPointer;

unsafe extern "C" {
    fn qemu_in_coroutine() -> bool;
    fn qemu_coroutine_self() -> *mut Coroutine;
    fn qemu_coroutine_yield();
    fn qemu_coroutine_get_aio_context(co: *mut Coroutine) -> *mut AioContext;
    fn qemu_get_current_aio_context() -> *mut AioContext;
    fn qemu_get_aio_context() -> *mut AioContext;
    fn iohandler_get_aio_context() -> *mut AioContext;
    fn aio_co_wake(co: *mut Coroutine);
    #[cfg(feature = "backports")]
    fn aio_co_schedule(ctx: *mut AioContext, co: *mut Coroutine);
    /// Not QEMU's: only this library's own runtime can tell.
    #[cfg(feature = "runtime")]
    fn qiochannel_coroutine_is_scheduled(co: *mut Coroutine) -> bool;
    fn aio_set_fd_handler(
        ctx: *mut AioContext,
        fd: c_int,
        is_external: bool,
        io_read: IOHandlerPointer,
        io_write: IOHandlerPointer,
        io_poll: Option<unsafe extern "C" fn(*mut c_void) -> bool>,
        io_poll_ready: IOHandlerPointer,
        opaque: *mut c_void,
    );
    fn aio_bh_new_full(
        ctx: *mut AioContext,
        function: IOHandlerPointer,
        opaque: *mut c_void,
        name: *const c_char,
    ) -> *mut QEMUBH;
    fn qemu_bh_schedule(bh: *mut QEMUBH);
    fn qemu_bh_delete(bh: *mut QEMUBH);
}

/// A call in an event context, later; cancelled when dropped.
pub(crate) struct BottomHalf(NonNull<QEMUBH>);

impl BottomHalf {
    /// Has `function` called with `opaque` once, by the thread that runs `ctx`.
    ///
    /// # Safety
    ///
    /// The context lives as long as the result, and `opaque` stays good for as long.
    pub(crate) unsafe fn schedule(
        ctx: *mut AioContext,
        function: unsafe extern "C" fn(*mut c_void),
        opaque: *mut c_void,
    ) -> Self {
        // SAFETY: passed on to the caller; the host never returns NULL.
        unsafe {
            let bh = aio_bh_new_full(ctx, Some(function), opaque, c"qiochannel".as_ptr());
            qemu_bh_schedule(bh);
            Self(NonNull::new_unchecked(bh))
        }
    }
}

impl Drop for BottomHalf {
    fn drop(&mut self) {
        // SAFETY: this value owns it.
        unsafe { qemu_bh_delete(self.0.as_ptr()) };
    }
}

/// Whether the caller runs inside a coroutine.
pub(crate) fn in_coroutine() -> bool {
    // SAFETY: may be called anywhere.
    unsafe { qemu_in_coroutine() }
}

/// The current coroutine.
pub(crate) fn current_coroutine() -> *mut Coroutine {
    // SAFETY: may be called anywhere.
    unsafe { qemu_coroutine_self() }
}

/// Suspends the current coroutine until somebody enters it.
///
/// # Safety
///
/// The caller runs inside a coroutine.
pub(crate) unsafe fn suspend() {
    // SAFETY: passed on to the caller.
    unsafe { qemu_coroutine_yield() };
}

/// The event context that the current thread works for; NULL for none.
pub(crate) fn current_context() -> *mut AioContext {
    // SAFETY: may be called anywhere.
    unsafe { qemu_get_current_aio_context() }
}

/// The main event context.
pub(crate) fn main_context() -> *mut AioContext {
    // SAFETY: may be called anywhere.
    unsafe { qemu_get_aio_context() }
}

/// The context that the main loop serves and polls of the main context do not.
pub(crate) fn iohandler_context() -> *mut AioContext {
    // SAFETY: may be called anywhere.
    unsafe { iohandler_get_aio_context() }
}

/// A coroutine that is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suspended(*mut Coroutine);

impl Suspended {
    /// The coroutine that C knows as `co`.
    ///
    /// # Safety
    ///
    /// `co` waits for the holder of this value and so does not end before it is
    /// woken.
    pub(crate) unsafe fn from_raw(co: *mut Coroutine) -> Self {
        Self(co)
    }

    /// The coroutine as C knows it.
    pub(crate) fn as_raw(self) -> *mut Coroutine {
        self.0
    }

    /// The context it was last entered in; NULL for none.
    pub(crate) fn context(self) -> *mut AioContext {
        // SAFETY: `from_raw` vouches for the coroutine.
        unsafe { qemu_coroutine_get_aio_context(self.0) }
    }

    /// Whether somebody else has announced to enter it. Inside QEMU nobody knows.
    pub(crate) fn is_scheduled(self) -> bool {
        #[cfg(feature = "runtime")]
        // SAFETY: `from_raw` vouches for the coroutine.
        unsafe {
            qiochannel_coroutine_is_scheduled(self.0)
        }
        #[cfg(not(feature = "runtime"))]
        false
    }

    /// Has it entered in its own context.
    pub(crate) fn wake(self) {
        // SAFETY: `from_raw` vouches for the coroutine; its context outlives what
        // waits there.
        unsafe { aio_co_wake(self.0) };
    }

    /// Has it entered by the thread that serves `ctx`.
    ///
    /// # Safety
    ///
    /// `ctx` is alive.
    #[cfg(feature = "backports")]
    pub(crate) unsafe fn schedule(self, ctx: *mut AioContext) {
        // SAFETY: `from_raw` vouches for the coroutine, the caller for the context.
        unsafe { aio_co_schedule(ctx, self.0) };
    }
}

/// The handlers for one channel's descriptors, and where they run.
#[derive(Clone, Copy)]
pub(crate) struct FdHandlers {
    /// The event context.
    pub(crate) ctx: *mut AioContext,
    /// Runs when the descriptor can be read from.
    pub(crate) read: IOHandlerPointer,
    /// Runs when the descriptor can be written to.
    pub(crate) write: IOHandlerPointer,
    /// Passed to both.
    pub(crate) opaque: *mut c_void,
}

impl FdHandlers {
    /// Registers the handlers for `fd`, in place of what was registered. A negative
    /// `fd` is never ready, so there is nothing to register.
    pub(crate) fn register(self, fd: c_int) {
        if fd < 0 {
            return;
        }
        // SAFETY: the caller of the channel's slot vouches for the context, the
        // handlers and their data until it registers others.
        unsafe {
            aio_set_fd_handler(self.ctx, fd, false, self.read, self.write, None, None, self.opaque);
        }
    }
}
