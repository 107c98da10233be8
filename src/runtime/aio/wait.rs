//! Waiting, in the main thread, for something that another context does.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};

use super::bottom_half::{BottomHalf, Task};
use super::{Context, current_context, is_home_thread};
use crate::abi::block::aio_wait::AioWait;
use crate::abi::values::QEMUBHFuncPointer;
use crate::runtime::main_loop;

/// Who waits. C code counts itself here, so the header declares it.
///
/// cbindgen:ignore
#[allow(non_upper_case_globals, reason = "the name is the C API's")]
#[unsafe(no_mangle)]
pub(crate) static global_aio_wait: AioWait = AioWait { num_waiters: AtomicU32::new(0) };

/// Has who waits look at its condition again.
pub(crate) fn kick() {
    unsafe extern "C" fn nothing(_opaque: *mut c_void) {}
    fence(Ordering::SeqCst);
    if global_aio_wait.num_waiters.load(Ordering::Relaxed) > 0 {
        let task = Task {
            callback: Some(nothing),
            opaque: std::ptr::null_mut(),
            name: c"aio_wait_kick".as_ptr(),
        };
        BottomHalf::schedule_once(main_loop::main_context(), task);
    }
}

/// What is to be done elsewhere.
struct Errand {
    callback: QEMUBHFuncPointer,
    opaque: *mut c_void,
    is_done: AtomicBool,
}

/// Has the home thread of `ctx` call `callback(opaque)`, and waits until it has.
pub(crate) fn run_in(ctx: &Context, callback: QEMUBHFuncPointer, opaque: *mut c_void) {
    const FUNCTION: &str = "aio_wait_bh_oneshot";
    let main = main_loop::main_context();
    if current_context() != main.as_raw() {
        fatal!("{FUNCTION}: not called in the main thread");
    }
    let errand = Errand { callback, opaque, is_done: AtomicBool::new(false) };
    let task = Task {
        callback: Some(run_errand),
        opaque: (&raw const errand).cast_mut().cast(),
        name: c"aio_wait_bh_oneshot".as_ptr(),
    };
    global_aio_wait.num_waiters.fetch_add(1, Ordering::SeqCst);
    BottomHalf::schedule_once(ctx, task);
    let served = if is_home_thread(ctx) { ctx } else { main };
    while !errand.is_done.load(Ordering::Acquire) {
        served.poll(true);
    }
    global_aio_wait.num_waiters.fetch_sub(1, Ordering::SeqCst);
}

unsafe extern "C" fn run_errand(opaque: *mut c_void) {
    // SAFETY: `run_in` passes what is on its stack, and waits.
    let errand = unsafe { &*opaque.cast::<Errand>() };
    if let Some(callback) = errand.callback {
        // SAFETY: the caller of `run_in` gave the function and its argument.
        unsafe { callback(errand.opaque) };
    }
    errand.is_done.store(true, Ordering::Release);
    // From here on `errand` may be gone.
    kick();
}
