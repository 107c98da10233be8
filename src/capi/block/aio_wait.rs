//! Functions of `block/aio-wait.h`.

use std::ffi::c_void;

use crate::abi::qemu::typedefs::AioContext;
use crate::abi::values::QEMUBHFuncPointer;
use crate::runtime::aio::{Context, wait};

/// Wakes the main thread if it waits in `AIO_WAIT_WHILE()`, so that it looks at
/// its condition again. Any thread may do so.
#[unsafe(no_mangle)]
pub extern "C" fn aio_wait_kick() {
    wait::kick();
}

/// Has the home thread of `ctx` call `cb(opaque)`, and waits until it has, serving
/// the main context. Only for the main thread.
///
/// @param ctx the context
/// @param cb the function
/// @param opaque (nullable): passed to it
///
/// # Safety
///
/// `ctx` is alive, and some thread serves it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn aio_wait_bh_oneshot(
    ctx: *mut AioContext,
    cb: QEMUBHFuncPointer,
    opaque: *mut c_void,
) {
    // SAFETY: passed on to the caller.
    wait::run_in(unsafe { Context::from_raw(ctx) }, cb, opaque);
}
