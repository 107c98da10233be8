//! Coroutines and event contexts in a build that has none: no code ever runs in
//! a coroutine, and asking for a context aborts with a message.

use std::ffi::{c_int, c_void};

use crate::abi::qemu::typedefs::{AioContext, Coroutine};
use crate::abi::values::IOHandlerPointer;

fn not_available(function: &str) -> ! {
    fatal!("{function}: not available in this build")
}

#[unsafe(no_mangle)]
extern "C" fn qemu_in_coroutine() -> bool {
    false
}

#[unsafe(no_mangle)]
extern "C" fn qemu_coroutine_self() -> *mut Coroutine {
    not_available("qemu_coroutine_self")
}

#[unsafe(no_mangle)]
extern "C" fn qemu_coroutine_yield() {
    not_available("qemu_coroutine_yield")
}

#[unsafe(no_mangle)]
extern "C" fn qemu_coroutine_get_aio_context(_coroutine: *mut Coroutine) -> *mut AioContext {
    not_available("qemu_coroutine_get_aio_context")
}

#[unsafe(no_mangle)]
extern "C" fn aio_co_wake(_coroutine: *mut Coroutine) {
    not_available("aio_co_wake")
}

#[unsafe(no_mangle)]
extern "C" fn qemu_get_aio_context() -> *mut AioContext {
    not_available("qemu_get_aio_context")
}

#[unsafe(no_mangle)]
extern "C" fn qemu_get_current_aio_context() -> *mut AioContext {
    not_available("qemu_get_current_aio_context")
}

#[unsafe(no_mangle)]
extern "C" fn iohandler_get_aio_context() -> *mut AioContext {
    not_available("iohandler_get_aio_context")
}

#[unsafe(no_mangle)]
extern "C" fn aio_set_fd_handler(
    _ctx: *mut AioContext,
    _fd: c_int,
    _is_external: bool,
    _read: IOHandlerPointer,
    _write: IOHandlerPointer,
    _poll: Option<unsafe extern "C" fn(*mut c_void) -> bool>,
    _poll_ready: IOHandlerPointer,
    _opaque: *mut c_void,
) {
    not_available("aio_set_fd_handler")
}
