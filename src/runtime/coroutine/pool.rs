//! Ended coroutines are kept, with their stacks, for new ones.
//!
//! Every thread keeps up to two batches, so that create and end touch nothing
//! shared. What is more goes to a global list of limited size, a batch at a time, and
//! beyond that the stacks are unmapped: on many systems each costs two of the limited
//! number of memory areas that a process may have.

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Coroutine, free};
use crate::runtime::thread::{known_thread, thread};

/// How many coroutines move between a thread and the global list at a time.
const BATCH: usize = 128;

/// How many a thread keeps.
const LOCAL: usize = 2 * BATCH;

/// Memory areas that are left to the rest of the program.
const RESERVED_AREAS: usize = 5000;

/// An ended coroutine.
#[derive(Clone, Copy)]
struct Ended(NonNull<Coroutine>);

// SAFETY: an ended coroutine belongs to whoever has this; nothing in it is tied to a
// thread.
unsafe impl Send for Ended {}

impl Ended {
    fn free(self) {
        // SAFETY: it has ended, and this is the only pointer to it.
        unsafe { free(self.0) };
    }
}

/// What one thread keeps.
pub(crate) struct LocalPool {
    /// Where the ended coroutines are, the last one on top.
    slots: Cell<*mut Option<Ended>>,
    /// How many slots are in use.
    used: Cell<usize>,
    /// How many slots there are: all or none.
    size: Cell<usize>,
    is_closed: Cell<bool>,
}

impl LocalPool {
    /// An empty pool, in which there is no room.
    pub(crate) const fn new() -> Self {
        Self {
            slots: Cell::new(ptr::null_mut()),
            used: Cell::new(0),
            size: Cell::new(0),
            is_closed: Cell::new(false),
        }
    }

    #[inline]
    fn pop(&self) -> Option<Ended> {
        let last = self.used.get().checked_sub(1)?;
        self.used.set(last);
        // SAFETY: slots below `used` are there.
        unsafe { *self.slots.get().add(last) }
    }

    /// There must be room.
    #[inline]
    fn push(&self, ended: Ended) {
        let used = self.used.get();
        // SAFETY: the caller has made sure that this slot is there.
        unsafe { *self.slots.get().add(used) = Some(ended) };
        self.used.set(used + 1);
    }

    /// Gives what was put in first to the global list, if there is no room otherwise.
    /// False if that does not help: the thread is ending.
    fn make_room(&self) -> bool {
        if !self.is_open() {
            return false;
        }
        if self.used.get() == LOCAL {
            // SAFETY: an open pool has its slots, and nobody else looks at them now.
            let slots = unsafe { std::slice::from_raw_parts_mut(self.slots.get(), LOCAL) };
            GLOBAL.give(slots[..BATCH].iter().copied().flatten());
            slots.copy_within(BATCH.., 0);
            self.used.set(LOCAL - BATCH);
        }
        true
    }

    /// Gets a batch from the global list, if this is empty.
    fn refill(&self) {
        if self.used.get() == 0 && self.is_open() {
            GLOBAL.take(|ended| self.push(ended));
        }
    }

    /// Whether the pool has slots now: something empties it when the thread ends.
    fn is_open(&self) -> bool {
        if self.size.get() == 0 && !self.is_closed.get() && AT_THREAD_EXIT.try_with(|_| ()).is_ok()
        {
            let slots = Box::new([None::<Ended>; LOCAL]);
            self.slots.set(Box::into_raw(slots).cast());
            self.size.set(LOCAL);
        }
        self.size.get() != 0
    }

    fn close(&self) {
        while let Some(ended) = self.pop() {
            ended.free();
        }
        if self.size.replace(0) != 0 {
            // SAFETY: `is_open` has made them, and nobody uses them without a size.
            drop(unsafe { Box::from_raw(self.slots.get().cast::<[Option<Ended>; LOCAL]>()) });
        }
        self.is_closed.set(true);
    }
}

/// Empties the pool of a thread that ends.
struct AtThreadExit;

impl Drop for AtThreadExit {
    fn drop(&mut self) {
        thread().pool.close();
    }
}

thread_local! {
    static AT_THREAD_EXIT: AtThreadExit = const { AtThreadExit };
}

/// A pooled coroutine, if one is at hand.
#[inline]
pub(super) fn take_near() -> Option<NonNull<Coroutine>> {
    known_thread()?.pool.pop().map(|ended| ended.0)
}

/// A pooled coroutine, if there is one anywhere.
pub(super) fn take() -> Option<NonNull<Coroutine>> {
    thread().pool.refill();
    take_near()
}

/// Keeps an ended coroutine, or frees it.
///
/// # Safety
///
/// `co` has ended, and the caller is the only one who has it.
#[inline]
pub(super) unsafe fn give(co: NonNull<Coroutine>) {
    let pool = &thread().pool;
    if pool.used.get() == pool.size.get() {
        give_slowly(pool, Ended(co));
    } else {
        pool.push(Ended(co));
    }
}

#[cold]
#[inline(never)]
fn give_slowly(pool: &LocalPool, ended: Ended) {
    if pool.make_room() { pool.push(ended) } else { ended.free() }
}

/// What all threads share.
struct GlobalPool {
    list: Mutex<Vec<Ended>>,
    /// Whether there is something in the list.
    is_filled: AtomicBool,
    /// By how much the program has raised the limit.
    extra: AtomicUsize,
}

static GLOBAL: GlobalPool = GlobalPool {
    list: Mutex::new(Vec::new()),
    is_filled: AtomicBool::new(false),
    extra: AtomicUsize::new(0),
};

impl GlobalPool {
    /// Hands up to a batch over.
    fn take(&self, keep: impl FnMut(Ended)) {
        if !self.is_filled.load(Ordering::Relaxed) {
            return;
        }
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = list.len().saturating_sub(BATCH);
        list.drain(rest..).for_each(keep);
        self.is_filled.store(rest > 0, Ordering::Relaxed);
    }

    /// Keeps a batch, or frees it.
    fn give(&self, batch: impl Iterator<Item = Ended>) {
        let limit = self.limit();
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() < limit {
            list.extend(batch);
            self.is_filled.store(true, Ordering::Relaxed);
        } else {
            drop(list);
            batch.for_each(Ended::free);
        }
    }

    /// A batch is accepted while fewer coroutines than this are kept.
    fn limit(&self) -> usize {
        let wanted = BATCH.saturating_add(self.extra.load(Ordering::Relaxed));
        wanted.min(area_limit())
    }
}

/// How many stacks the system's limit on memory areas leaves room for.
fn area_limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        std::fs::read_to_string("/proc/sys/vm/max_map_count")
            .ok()
            .and_then(|text| text.trim().parse::<usize>().ok())
            .map_or(usize::MAX, |areas| areas.saturating_sub(RESERVED_AREAS) / 2)
    })
}

/// Raises the number of coroutines that are kept for reuse.
pub(crate) fn grow(additional: usize) {
    let raise = |extra: usize| Some(extra.saturating_add(additional));
    let _ = GLOBAL.extra.fetch_update(Ordering::Relaxed, Ordering::Relaxed, raise);
}

/// Lowers it again.
pub(crate) fn shrink(fewer: usize) {
    let lower = |extra: usize| Some(extra.saturating_sub(fewer));
    let _ = GLOBAL.extra.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lower);
}
