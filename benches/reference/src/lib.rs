//! A bare corosensei coroutine for the C benchmark program.

use corosensei::{Coroutine, CoroutineResult};

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
