//! The coroutines that wait for a channel.

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicU32;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use super::check;
use crate::waiters::{Direction, Site, begin, end, take};

/// A coroutine; it lives in the context of the same number.
type Waiter = usize;

const READER: Waiter = 0;
const WRITER: Waiter = 1;

#[derive(Default)]
struct Outside {
    /// What each context calls back for.
    handlers: [[bool; 2]; 2],
    /// How often each coroutine was woken.
    wakes: [u32; 2],
}

/// A channel and what is around it.
struct Channel {
    lock: AtomicU32,
    /// The model checker objects to an access that the lock does not order.
    places: [UnsafeCell<Option<Waiter>>; 2],
    outside: Mutex<Outside>,
    changed: Condvar,
}

impl<'a> Site<'a> for &'a Channel {
    type Waiter = Waiter;
    type Context = usize;

    fn lock(self) -> &'a AtomicU32 {
        &self.lock
    }

    fn waiter(self, direction: Direction) -> Option<Waiter> {
        // SAFETY: the lock is held.
        self.places[direction as usize].with(|place| unsafe { *place })
    }

    fn set_waiter(self, direction: Direction, waiter: Option<Waiter>) {
        // SAFETY: the lock is held.
        self.places[direction as usize].with_mut(|place| unsafe { *place = waiter });
    }

    fn context_of(self, waiter: Waiter) -> usize {
        waiter
    }

    fn register(self, ctx: usize, read: bool, write: bool) {
        self.outside.lock().expect("no thread fails").handlers[ctx] = [read, write];
        self.changed.notify_all();
    }
}

impl Channel {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            lock: AtomicU32::new(0),
            places: [UnsafeCell::new(None), UnsafeCell::new(None)],
            outside: Mutex::new(Outside::default()),
            changed: Condvar::new(),
        })
    }

    /// Blocks until the outside is as wanted.
    fn until(&self, wanted: impl Fn(&Outside) -> bool) {
        let mut outside = self.outside.lock().expect("no thread fails");
        while !wanted(&outside) {
            outside = self.changed.wait(outside).expect("no thread fails");
        }
    }

    /// Takes out who waits, and wakes it.
    fn wake(&self, direction: Direction, here: Option<usize>) {
        let Some((waiter, ctx)) = take(self, direction, || here) else { return };
        let mut outside = self.outside.lock().expect("no thread fails");
        assert!(!outside.handlers[ctx][direction as usize], "called back for a woken coroutine");
        outside.wakes[waiter] += 1;
        self.changed.notify_all();
    }

    /// A coroutine that waits once, and is always woken.
    fn wait(&self, direction: Direction, own: Waiter) {
        let ctx = begin(self, direction, own).expect("nobody else waits");
        self.until(|outside| outside.wakes[own] > 0);
        end(self, direction, own, ctx);
    }

    fn check_idle(&self) {
        let outside = self.outside.lock().expect("no thread fails");
        assert_eq!(outside.handlers, [[false; 2]; 2]);
        for place in &self.places {
            // SAFETY: the other threads have ended.
            assert_eq!(place.with(|place| unsafe { *place }), None);
        }
    }
}

#[test]
fn a_waiter_is_woken_once_by_an_event_or_another_thread() {
    check(3, || {
        let channel = Channel::new();
        let waiting = thread::spawn({
            let channel = Arc::clone(&channel);
            move || channel.wait(Direction::Read, READER)
        });
        let other = thread::spawn({
            let channel = Arc::clone(&channel);
            move || channel.wake(Direction::Read, None)
        });
        // The event may come too late: it was under way when the wait ended.
        channel.until(|outside| {
            outside.handlers[READER][Direction::Read as usize] || outside.wakes[READER] > 0
        });
        channel.wake(Direction::Read, Some(READER));
        waiting.join().expect("the waiter does not fail");
        other.join().expect("the other thread does not fail");
        assert_eq!(channel.outside.lock().expect("no thread fails").wakes[READER], 1);
        channel.check_idle();
    });
}

#[test]
fn a_reader_and_a_writer_do_not_lose_each_others_handlers() {
    check(3, || {
        let channel = Channel::new();
        let both = [(Direction::Read, READER), (Direction::Write, WRITER)];
        // Each thread is the coroutine and the context that calls back for it.
        let threads = both.map(|(direction, own)| {
            let channel = Arc::clone(&channel);
            thread::spawn(move || {
                let ctx = begin(&*channel, direction, own).expect("nobody else waits");
                channel.until(|outside| outside.handlers[ctx][direction as usize]);
                channel.wake(direction, Some(ctx));
                channel.until(|outside| outside.wakes[own] == 1);
                end(&*channel, direction, own, ctx);
            })
        });
        for thread in threads {
            thread.join().expect("no thread fails");
        }
        channel.check_idle();
    });
}

#[test]
fn a_coroutine_that_was_entered_past_the_channel_leaves_nothing_behind() {
    check(3, || {
        let channel = Channel::new();
        let event = thread::spawn({
            let channel = Arc::clone(&channel);
            move || channel.wake(Direction::Read, Some(READER))
        });
        let ctx = begin(&*channel, Direction::Read, READER).expect("nobody else waits");
        end(&*channel, Direction::Read, READER, ctx);
        event.join().expect("the event does not fail");
        channel.check_idle();
    });
}
