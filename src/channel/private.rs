//! State of instances that their C structs have no room for.
//!
//! The size of an instance is part of the ABI. State that is seldom needed stands in
//! one table, by the address of the instance; no read or write of data looks there.
//! An entry is made on first need, and its owner removes it in its finaliser.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// The states of all instances, by their type and the instance's address.
type States = HashMap<(TypeId, usize), Arc<dyn Any + Send + Sync>>;

static STATES: LazyLock<Mutex<States>> = LazyLock::new(Mutex::default);

fn states() -> MutexGuard<'static, States> {
    // A panic aborts, so no thread can have left the table half changed.
    STATES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state of an instance, made if there is none yet.
pub(crate) fn of<T: Any + Send + Sync + Default>(instance: *const impl Sized) -> Arc<T> {
    let mut states = states();
    let key = (TypeId::of::<T>(), instance.addr());
    let state = states.entry(key).or_insert_with(|| Arc::<T>::default());
    Arc::clone(state).downcast().unwrap_or_else(|_| unreachable!("the key names the type"))
}

/// Forgets the state of an instance that goes away.
pub(crate) fn remove<T: Any>(instance: *const impl Sized) {
    let state = states().remove(&(TypeId::of::<T>(), instance.addr()));
    // What it holds is released without the lock.
    drop(state);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn state_lives_until_it_is_removed() {
        let (one, other) = (0u64, 0u64);
        of::<AtomicU32>(&raw const one).store(7, Ordering::Relaxed);
        assert_eq!(of::<AtomicU32>(&raw const one).load(Ordering::Relaxed), 7);
        assert_eq!(of::<AtomicU32>(&raw const other).load(Ordering::Relaxed), 0);
        remove::<AtomicU32>(&raw const one);
        assert_eq!(of::<AtomicU32>(&raw const one).load(Ordering::Relaxed), 0);
        remove::<AtomicU32>(&raw const one);
        remove::<AtomicU32>(&raw const other);
    }
}
