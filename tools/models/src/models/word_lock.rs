//! The lock in a word.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicU32;
use loom::thread;

use super::check;
use crate::sys::word_lock::WordLock;

struct Counter {
    lock: AtomicU32,
    /// The model checker objects to an access that the lock does not order.
    value: UnsafeCell<u32>,
}

impl Counter {
    fn count(&self) {
        let _held = WordLock::hold(&self.lock);
        // SAFETY: the lock is held.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }
}

#[test]
fn whoever_holds_the_lock_sees_what_others_did() {
    check(3, || {
        let counter = Arc::new(Counter { lock: AtomicU32::new(0), value: UnsafeCell::new(0) });
        let threads = [(); 2].map(|()| {
            let counter = Arc::clone(&counter);
            thread::spawn(move || counter.count())
        });
        counter.count();
        for thread in threads {
            thread.join().expect("no thread fails");
        }
        // SAFETY: the other threads have ended.
        assert_eq!(counter.value.with(|value| unsafe { *value }), 3);
    });
}
