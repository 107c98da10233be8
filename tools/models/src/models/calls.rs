//! The calls of a listener's client function.

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

use super::check;
use crate::calls::Calls;

/// The data of one registration.
struct Data {
    /// Whether it was released: written by who releases it, read by calls that use it.
    released: UnsafeCell<bool>,
    releases: AtomicU32,
}

impl Data {
    fn new() -> Arc<Self> {
        Arc::new(Self { released: UnsafeCell::new(false), releases: AtomicU32::new(0) })
    }

    fn using(&self) {
        // SAFETY: the model checker objects if somebody writes meanwhile.
        assert!(!self.released.with(|released| unsafe { *released }));
    }

    fn release(&self) {
        self.releases.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        self.released.with_mut(|released| unsafe { *released = true });
    }
}

/// A listener, as far as it is about its client function.
struct Listener(Mutex<(Calls<Arc<Data>>, Arc<Data>)>);

impl Listener {
    /// What `watch::on_client` does.
    fn client(&self, during: impl FnOnce()) {
        let (call, data) = {
            let mut guard = self.0.lock().expect("no thread fails");
            (guard.0.begin(), Arc::clone(&guard.1))
        };
        data.using();
        during();
        let due = self.0.lock().expect("no thread fails").0.end(call);
        if let Some(data) = due {
            data.release();
        }
    }

    /// What setting the client function does.
    fn set(&self, new: &Arc<Data>) {
        let mut guard = self.0.lock().expect("no thread fails");
        let old = std::mem::replace(&mut guard.1, Arc::clone(new));
        let due = guard.0.replace(old);
        drop(guard);
        if let Some(data) = due {
            data.release();
        }
    }
}

fn listener(first: &Arc<Data>) -> Arc<Listener> {
    Arc::new(Listener(Mutex::new((Calls::default(), Arc::clone(first)))))
}

#[test]
fn replaced_data_is_released_once_and_not_in_use() {
    check(3, || {
        let [first, second] = [Data::new(), Data::new()];
        let listener = listener(&first);
        let clients = [(); 2].map(|()| {
            let listener = Arc::clone(&listener);
            thread::spawn(move || listener.client(|| ()))
        });
        listener.set(&second);
        for client in clients {
            client.join().expect("no client fails");
        }
        assert_eq!(first.releases.load(Ordering::Relaxed), 1);
        assert_eq!(second.releases.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_function_that_replaces_itself_while_another_runs_it_keeps_the_others_data() {
    check(3, || {
        let [first, second] = [Data::new(), Data::new()];
        let listener = listener(&first);
        let other = thread::spawn({
            let listener = Arc::clone(&listener);
            move || listener.client(|| ())
        });
        listener.client(|| listener.set(&second));
        other.join().expect("the other client does not fail");
        assert_eq!(first.releases.load(Ordering::Relaxed), 1);
        assert_eq!(second.releases.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn every_replaced_data_is_released() {
    check(3, || {
        let [first, second, third] = [Data::new(), Data::new(), Data::new()];
        let listener = listener(&first);
        let clients = [(); 2].map(|()| {
            let listener = Arc::clone(&listener);
            thread::spawn(move || listener.client(|| ()))
        });
        listener.set(&second);
        listener.set(&third);
        for client in clients {
            client.join().expect("no client fails");
        }
        let releases = [&first, &second, &third].map(|data| data.releases.load(Ordering::Relaxed));
        assert_eq!(releases, [1, 1, 0]);
    });
}
