//! Bare corosensei coroutines for the C benchmark program: in a loop where the compiler
//! sees both sides, and behind C functions.

use std::ffi::c_void;

use corosensei::{Coroutine, CoroutineResult, Yielder};

/// A coroutine that suspends itself whenever it is resumed, until it is told to end.
pub struct Switcher {
    coroutine: Coroutine<bool, (), ()>,
}

/// Creates the coroutine; `reference_switcher_free()` ends it.
#[unsafe(no_mangle)]
pub extern "C" fn reference_switcher_new() -> Box<Switcher> {
    let coroutine = Coroutine::new(|yielder, mut go_on| {
        while go_on {
            go_on = yielder.suspend(());
        }
    });
    Box::new(Switcher { coroutine })
}

/// Enters the coroutine and comes back, `count` times.
#[unsafe(no_mangle)]
pub extern "C" fn reference_switch(switcher: &mut Switcher, count: u32) {
    for _ in 0..count {
        if let CoroutineResult::Return(()) = switcher.coroutine.resume(true) {
            std::process::abort();
        }
    }
}

/// Ends the coroutine.
#[unsafe(no_mangle)]
pub extern "C" fn reference_switcher_free(mut switcher: Box<Switcher>) {
    switcher.coroutine.resume(false);
}

/// Enters the coroutine and comes back, as a function that C calls each time.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn reference_enter(switcher: &mut Switcher) {
    if let CoroutineResult::Return(()) = switcher.coroutine.resume(true) {
        std::process::abort();
    }
}

/// Leaves the coroutine. Returns whether it is to go on.
///
/// # Safety
///
/// `yielder` is what the running coroutine's function was given.
#[unsafe(no_mangle)]
#[inline(never)]
pub unsafe extern "C" fn reference_yield(yielder: *const c_void) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { &*yielder.cast::<Yielder<bool, ()>>() }.suspend(())
}

/// Creates a coroutine that runs a C function; it leaves with `reference_yield()`.
#[unsafe(no_mangle)]
pub extern "C" fn reference_switcher_new_c(
    function: extern "C" fn(yielder: *const c_void),
) -> Box<Switcher> {
    let coroutine = Coroutine::new(move |yielder: &Yielder<bool, ()>, go_on| {
        if go_on {
            function(std::ptr::from_ref(yielder).cast());
        }
    });
    Box::new(Switcher { coroutine })
}
