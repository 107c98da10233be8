//! Ended coroutines are kept, with their stacks, for new ones.
//!
//! Every thread keeps up to two batches, so that create and end touch nothing
//! shared. Full batches beyond that go to a global list of limited size, and
//! beyond that the stacks are unmapped: a mapping costs two of the limited number
//! of memory areas that a process may have.

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Coroutine, free};
use crate::runtime::thread::{known_thread, thread};

/// How many coroutines move between a thread and the global list at a time.
const BATCH: usize = 128;

/// Memory areas that are left to the rest of the program.
const RESERVED_AREAS: usize = 5000;

/// Ended coroutines, linked through `next`.
#[derive(Clone, Copy)]
struct Batch {
    first: *mut Coroutine,
    count: usize,
}

// SAFETY: ended coroutines belong to whoever has the batch; nothing in them is
// tied to a thread.
unsafe impl Send for Batch {}

impl Batch {
    const EMPTY: Self = Self { first: ptr::null_mut(), count: 0 };

    fn free(self) {
        let mut first = self.first;
        while let Some(co) = NonNull::new(first) {
            // SAFETY: the batch owns the ended coroutines that it links.
            unsafe {
                first = co.as_ref().next.get();
                free(co);
            }
        }
    }
}

/// What one thread keeps.
pub(crate) struct LocalPool {
    /// The batch that is taken from and given to, linked.
    first: Cell<*mut Coroutine>,
    /// How many more go into that batch. None while the pool is not in use.
    room: Cell<usize>,
    /// A whole batch, or none.
    full: Cell<Batch>,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody empties the pool at the end of the thread.
    Unused,
    Used,
    /// The thread is ending.
    Closed,
}

impl LocalPool {
    /// An empty pool.
    pub(crate) const fn new() -> Self {
        Self {
            first: Cell::new(ptr::null_mut()),
            room: Cell::new(0),
            full: Cell::new(Batch::EMPTY),
            state: Cell::new(State::Unused),
        }
    }

    /// Replaces the batch that is in use. Returns what it was.
    fn exchange(&self, batch: Batch) -> Batch {
        let count = BATCH - self.room.replace(BATCH - batch.count);
        Batch { first: self.first.replace(batch.first), count }
    }

    /// Gets a batch from elsewhere, if there is one and this one is empty.
    fn refill(&self) {
        if !self.first.get().is_null() || !self.is_open() {
            return;
        }
        let full = self.full.replace(Batch::EMPTY);
        let batch = if full.count > 0 { Some(full) } else { GLOBAL.take() };
        if let Some(batch) = batch {
            self.exchange(batch);
        }
    }

    /// Keeps an ended coroutine where there is no room, or frees it.
    ///
    /// # Safety
    ///
    /// As for [`give`].
    #[cold]
    #[inline(never)]
    unsafe fn make_room(&self, co: NonNull<Coroutine>) {
        if !self.is_open() {
            // SAFETY: passed on to the caller.
            unsafe { free(co) };
            return;
        }
        if self.room.get() == 0 {
            let surplus = self.full.replace(self.exchange(Batch::EMPTY));
            if surplus.count > 0 {
                GLOBAL.give(surplus);
            }
        }
        self.push(co);
    }

    #[inline]
    fn push(&self, co: NonNull<Coroutine>) {
        // SAFETY: the caller gives `co` to the pool.
        unsafe { co.as_ref() }.next.set(self.first.replace(co.as_ptr()));
        self.room.set(self.room.get() - 1);
    }

    /// Whether the pool may be used: something empties it when the thread ends, and
    /// that is not now.
    fn is_open(&self) -> bool {
        if self.state.get() == State::Unused && AT_THREAD_EXIT.try_with(|_| ()).is_ok() {
            self.state.set(State::Used);
            self.room.set(BATCH);
        }
        self.state.get() == State::Used
    }

    fn close(&self) {
        self.state.set(State::Closed);
        self.exchange(Batch::EMPTY).free();
        self.full.replace(Batch::EMPTY).free();
        self.room.set(0);
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
    let pool = &known_thread()?.pool;
    let co = NonNull::new(pool.first.get())?;
    // SAFETY: the pool owns what it links.
    pool.first.set(unsafe { co.as_ref() }.next.get());
    pool.room.set(pool.room.get() + 1);
    Some(co)
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
    if pool.room.get() == 0 {
        // SAFETY: passed on to the caller.
        unsafe { pool.make_room(co) };
    } else {
        pool.push(co);
    }
}

/// What all threads share.
struct GlobalPool {
    batches: Mutex<Vec<Batch>>,
    /// The number of coroutines in `batches`.
    count: AtomicUsize,
    /// By how much the program has raised the limit.
    extra: AtomicUsize,
}

static GLOBAL: GlobalPool = GlobalPool {
    batches: Mutex::new(Vec::new()),
    count: AtomicUsize::new(0),
    extra: AtomicUsize::new(0),
};

impl GlobalPool {
    fn take(&self) -> Option<Batch> {
        if self.count.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = batches.pop()?;
        self.count.fetch_sub(batch.count, Ordering::Relaxed);
        Some(batch)
    }

    fn give(&self, batch: Batch) {
        let limit = self.limit();
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        if self.count.load(Ordering::Relaxed) < limit {
            self.count.fetch_add(batch.count, Ordering::Relaxed);
            batches.push(batch);
        } else {
            drop(batches);
            batch.free();
        }
    }

    /// Batches are accepted while fewer coroutines than this are kept.
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
