//! Coroutines and event contexts.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::NonNull;

use crate::abi::qemu::typedefs::{AioContext, QEMUBH};
use crate::abi::values::IOHandlerPointer;

unsafe extern "C" {
    fn qemu_in_coroutine() -> bool;
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
