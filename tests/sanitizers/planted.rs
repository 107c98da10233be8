//! Faults on purpose: a sanitizer that misses one of them is not at work.

use std::hint::black_box;
use std::sync::{Condvar, Mutex, RwLock};
use std::time::Duration;

/// Reads behind the end of an allocation.
#[unsafe(no_mangle)]
pub extern "C" fn rust_overflow() -> u8 {
    let bytes = black_box(vec![1_u8; 16]);
    // SAFETY: none.
    unsafe { *bytes.as_ptr().add(black_box(16)) }
}

static mut UNPROTECTED: u64 = 0;

/// Changes a variable without a lock, for two threads to call.
#[unsafe(no_mangle)]
pub extern "C" fn rust_race() {
    for _ in 0..1000 {
        // SAFETY: none.
        unsafe { UNPROTECTED = black_box(UNPROTECTED + 1) };
    }
}

static PROTECTED: Mutex<u64> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();
static SHARED: RwLock<u64> = RwLock::new(0);

/// Longer than any test.
const LONG: Duration = Duration::from_secs(1000);

/// Changes variables as one should, with locks that are waited for: no fault.
#[unsafe(no_mangle)]
pub extern "C" fn rust_locks() {
    for _ in 0..20_000 {
        if let Ok(mut value) = PROTECTED.lock() {
            *value = black_box(*value + 1);
            CHANGED.notify_all();
        }
        if let Ok(mut value) = SHARED.write() {
            *value = black_box(*value + 1);
        }
        drop(SHARED.read().map(|value| black_box(*value)));
    }
    let both = PROTECTED.lock().and_then(|value| CHANGED.wait_while(value, |value| *value < 40_000));
    drop(both);
    if let Ok(mut value) = PROTECTED.lock() {
        *value += 1;
        CHANGED.notify_all();
    }
    let both =
        PROTECTED.lock().map(|value| CHANGED.wait_timeout_while(value, LONG, |value| *value < 40_002));
    drop(both);
}
