//! Running something in a coroutine of its own, and not waiting for ever.

use std::ffi::{c_int, c_void};

use super::{create, current};
use crate::abi::qemu::coroutine::QemuCoSleep;
use crate::abi::values::{CleanupFuncPointer, CoroutineEntryPointer};
use crate::runtime::aio::{current_context, schedule};

/// Clock of the timeout.
const REALTIME: u32 = 0;

/// What the two coroutines share. The worker owns it once the waiter has given up.
struct Shared {
    entry: CoroutineEntryPointer,
    opaque: *mut c_void,
    clean: CleanupFuncPointer,
    sleep: QemuCoSleep,
    is_done: bool,
    /// The waiter does not wait any more.
    is_abandoned: bool,
}

/// Runs `entry(opaque)` for at most `nanoseconds` (0: for ever, in the calling
/// coroutine). 0 if it has ended in time, else `-ETIMEDOUT`; then it goes on, and
/// `clean(opaque)` follows its end.
///
/// # Safety
///
/// `opaque` is good for the functions until they have ended.
pub(crate) unsafe fn run(
    entry: CoroutineEntryPointer,
    opaque: *mut c_void,
    nanoseconds: u64,
    clean: CleanupFuncPointer,
) -> c_int {
    let own = current();
    if !own.is_entered() {
        fatal!("qemu_co_timeout: not called inside a coroutine");
    }
    if nanoseconds == 0 {
        if let Some(entry) = entry {
            // SAFETY: passed on to the caller.
            unsafe { entry(opaque) };
        }
        return 0;
    }
    let shared = Box::into_raw(Box::new(Shared {
        entry,
        opaque,
        clean,
        sleep: QemuCoSleep::new(),
        is_done: false,
        is_abandoned: false,
    }));
    let worker = create(Some(work), shared.cast());
    // SAFETY: a new coroutine; in the same context, so that it runs when this one
    // sleeps.
    unsafe { schedule::enter(current_context(), worker.as_ref()) };
    let nanoseconds = i64::try_from(nanoseconds).unwrap_or(i64::MAX);
    // SAFETY: the worker frees it only when this coroutine has given up.
    unsafe {
        (*shared).sleep.sleep_for(REALTIME, nanoseconds);
        if (*shared).is_done {
            drop(Box::from_raw(shared));
            return 0;
        }
        (*shared).is_abandoned = true;
    }
    -libc::ETIMEDOUT
}

unsafe extern "C" fn work(opaque: *mut c_void) {
    let shared = opaque.cast::<Shared>();
    // SAFETY: `run` passes the shared state, which the waiter frees only after it
    // has seen `is_done`, and the arguments of its caller.
    unsafe {
        let (entry, argument, clean) = ((*shared).entry, (*shared).opaque, (*shared).clean);
        if let Some(entry) = entry {
            entry(argument);
        }
        (*shared).is_done = true;
        if !(*shared).is_abandoned {
            (*shared).sleep.wake();
            return;
        }
        drop(Box::from_raw(shared));
        if let Some(clean) = clean {
            clean(argument);
        }
    }
}
