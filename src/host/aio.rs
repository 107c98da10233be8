//! Coroutines and event contexts.

use std::ffi::{c_int, c_void};

use crate::abi::qemu::typedefs::AioContext;
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
