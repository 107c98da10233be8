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
use crate::runtime::thread::{Thread, thread};

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

    fn pop(&mut self) -> Option<NonNull<Coroutine>> {
        let co = NonNull::new(self.first)?;
        // SAFETY: the batch owns what it links.
        self.first = unsafe { co.as_ref() }.next.get();
        self.count -= 1;
        Some(co)
    }

    fn push(&mut self, co: NonNull<Coroutine>) {
        // SAFETY: the caller gives `co` to the batch.
        unsafe { co.as_ref() }.next.set(self.first);
        self.first = co.as_ptr();
        self.count += 1;
    }

    fn free(mut self) {
        while let Some(co) = self.pop() {
            // SAFETY: the batch owned the ended coroutine.
            unsafe { free(co) };
        }
    }
}

/// What one thread keeps.
pub(crate) struct LocalPool {
    filling: Cell<Batch>,
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
            filling: Cell::new(Batch::EMPTY),
            full: Cell::new(Batch::EMPTY),
            state: Cell::new(State::Unused),
        }
    }
}

/// Empties the pool of a thread that ends.
struct AtThreadExit;

impl Drop for AtThreadExit {
    fn drop(&mut self) {
        let pool = &thread().pool;
        pool.state.set(State::Closed);
        pool.filling.replace(Batch::EMPTY).free();
        pool.full.replace(Batch::EMPTY).free();
    }
}

thread_local! {
    static AT_THREAD_EXIT: AtThreadExit = const { AtThreadExit };
}

/// A pooled coroutine, if there is one.
#[inline]
pub(super) fn take(thread: &Thread) -> Option<NonNull<Coroutine>> {
    let pool = &thread.pool;
    let mut filling = pool.filling.get();
    let co = filling.pop().or_else(|| {
        filling = pool.full.replace(Batch::EMPTY);
        if filling.count == 0 {
            filling = GLOBAL.take().unwrap_or(Batch::EMPTY);
        }
        filling.pop()
    });
    pool.filling.set(filling);
    co
}

/// Keeps an ended coroutine, or frees it.
///
/// # Safety
///
/// `co` has ended, and the caller is the only one who has it.
#[inline]
pub(super) unsafe fn give(thread: &Thread, co: NonNull<Coroutine>) {
    let pool = &thread.pool;
    if pool.state.get() != State::Used && !open(pool) {
        // SAFETY: passed on to the caller.
        unsafe { free(co) };
        return;
    }
    let mut filling = pool.filling.get();
    filling.push(co);
    if filling.count == BATCH {
        let surplus = pool.full.replace(filling);
        filling = Batch::EMPTY;
        if surplus.count > 0 {
            GLOBAL.give(surplus);
        }
    }
    pool.filling.set(filling);
}

/// Has the pool emptied when the thread ends. False if it is ending already.
#[cold]
fn open(pool: &LocalPool) -> bool {
    if pool.state.get() == State::Closed || AT_THREAD_EXIT.try_with(|_| ()).is_err() {
        return false;
    }
    pool.state.set(State::Used);
    true
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
