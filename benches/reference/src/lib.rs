//! Bare corosensei coroutines for the C benchmark program: in a loop where the compiler
//! sees both sides, and behind C functions of a shared library, as a C program has them.

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

/// A coroutine that runs one C function after another, until there is none.
pub struct Runner {
    coroutine: Coroutine<Option<Function>, (), ()>,
}

type Function = extern "C" fn(opaque: *mut c_void);

/// Creates the coroutine; `reference_runner_free()` ends it.
#[unsafe(no_mangle)]
pub extern "C" fn reference_runner_new() -> Box<Runner> {
    let coroutine = Coroutine::new(|yielder, mut next: Option<Function>| {
        while let Some(function) = next {
            function(std::ptr::null_mut());
            next = yielder.suspend(());
        }
    });
    Box::new(Runner { coroutine })
}

/// Runs the function, which does not leave it, in the coroutine.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn reference_run(runner: &mut Runner, function: Function) {
    if let CoroutineResult::Return(()) = runner.coroutine.resume(Some(function)) {
        std::process::abort();
    }
}

/// Ends the coroutine.
#[unsafe(no_mangle)]
pub extern "C" fn reference_runner_free(mut runner: Box<Runner>) {
    runner.coroutine.resume(None);
}
