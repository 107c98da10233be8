//! Coroutines: functions with a stack of their own that can be left in the
//! middle and resumed, on the same thread or another one.
//!
//! Entering a coroutine switches to it; a yield, or its end, switches back to
//! whoever entered it last. Every thread has a *leader*, a pseudo-coroutine that
//! stands for its normal stack.
//!
//! | file | idea |
//! |---|---|
//! | `stack` | the memory of a coroutine |
//! | `fiber` | the switch to and from a stack |
//! | `pool` | stacks of ended coroutines are kept for new ones |
//! | `wake_queue` | whom to enter next |
//! | `mutex`, `queue`, `rwlock` | waiting for each other |
//! | `sleep`, `timeout` | waiting for a time |
//! | `io` | waiting for a descriptor, without a channel |
//! | `sanitizer` | what ThreadSanitizer is told about stacks |
//!
//! A coroutine is handed from thread to thread through its `caller`: it is NULL
//! (with release ordering) only once the coroutine is off its stack, and whoever
//! reads that NULL may enter it. Everything else in the struct belongs to whoever
//! entered the coroutine last, except `scheduled` and `queued`, which are claims
//! that other threads check.

mod fiber;
pub(crate) mod io;
pub(crate) mod mutex;
mod pool;
pub(crate) mod queue;
pub(crate) mod rwlock;
mod sanitizer;
pub(crate) mod sleep;
mod stack;
pub(crate) mod timeout;
mod wake_queue;

pub(crate) use pool::{LocalPool, grow as grow_pool, shrink as shrink_pool};

use std::cell::{Cell, UnsafeCell};
use std::ffi::{CStr, c_char, c_void};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use crate::abi::qemu::typedefs::AioContext;
use crate::abi::values::CoroutineEntryPointer;
use crate::runtime::aio::current_context;
use crate::runtime::thread::{current_coroutine, set_current_coroutine};
use fiber::{Fiber, Step};
use stack::Memory;
use wake_queue::WakeQueue;

/// The coroutine as C knows it.
pub(crate) use crate::abi::qemu::typedefs::Coroutine as RawCoroutine;

/// A coroutine, or the leader of a thread.
pub(crate) struct Coroutine {
    /// Who entered it; NULL while it is suspended, and always for a leader; itself
    /// once it has ended.
    caller: AtomicPtr<Coroutine>,
    /// The name of the function that will enter it, if there is one.
    scheduled: AtomicPtr<c_char>,
    /// Whether it is in a wake queue.
    queued: AtomicBool,
    /// The context given at the last entry.
    ctx: AtomicPtr<AioContext>,
    /// What it does.
    entry: Cell<CoroutineEntryPointer>,
    opaque: Cell<*mut c_void>,
    /// What it wants to have entered when it yields or ends.
    wakes: WakeQueue,
    /// How many coroutine locks it holds.
    locks_held: Cell<u32>,
    /// Link in a wake queue, or in the pool.
    next: Cell<*mut Coroutine>,
    /// Link in the list of a context, or in a `CoQueue`; it is in one at most.
    pub(crate) wait_link: Cell<*mut Coroutine>,
    fiber: UnsafeCell<ManuallyDrop<Option<Fiber>>>,
}

impl Coroutine {
    /// A coroutine without a stack: the leader of a thread.
    pub(crate) const fn leader() -> Self {
        Self::with(None)
    }

    const fn with(fiber: Option<Fiber>) -> Self {
        Self {
            caller: AtomicPtr::new(ptr::null_mut()),
            scheduled: AtomicPtr::new(ptr::null_mut()),
            queued: AtomicBool::new(false),
            ctx: AtomicPtr::new(ptr::null_mut()),
            entry: Cell::new(None),
            opaque: Cell::new(ptr::null_mut()),
            wakes: WakeQueue::new(),
            locks_held: Cell::new(0),
            next: Cell::new(ptr::null_mut()),
            wait_link: Cell::new(ptr::null_mut()),
            fiber: UnsafeCell::new(ManuallyDrop::new(fiber)),
        }
    }

    /// The coroutine behind a C pointer.
    ///
    /// # Safety
    ///
    /// `co` came from this library, and the coroutine has not ended; the reference
    /// is not used after it has.
    #[inline]
    pub(crate) unsafe fn from_raw<'a>(co: *mut RawCoroutine) -> &'a Self {
        // SAFETY: passed on to the caller.
        unsafe { &*co.cast::<Self>() }
    }

    /// The pointer that C knows the coroutine by.
    #[inline]
    pub(crate) fn as_raw(&self) -> *mut RawCoroutine {
        ptr::from_ref(self).cast_mut().cast()
    }

    /// Whether it is running or has entered one that is.
    #[inline]
    pub(crate) fn is_entered(&self) -> bool {
        !self.caller.load(Ordering::Acquire).is_null()
    }

    /// The context given at the last entry.
    #[inline]
    pub(crate) fn context(&self) -> *mut AioContext {
        self.ctx.load(Ordering::Acquire)
    }

    /// Whether a function has announced that it will enter the coroutine.
    #[inline]
    pub(crate) fn is_scheduled(&self) -> bool {
        !self.scheduled.load(Ordering::Acquire).is_null()
    }

    /// Announces that `function`, and nobody else, will enter the coroutine. Claims are
    /// told apart by address, so the name is that of a static: every use of a constant
    /// may be a string of its own.
    pub(crate) fn claim(&self, function: &'static CStr) {
        let name = function.as_ptr().cast_mut();
        let claimed = self.scheduled.compare_exchange(
            ptr::null_mut(),
            name,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        if let Err(other) = claimed {
            self.abort_scheduled(&function.to_string_lossy(), other);
        }
    }

    /// Takes back the claim of `function`; `caller` does so. Names are compared as text:
    /// a constant may have more than one address.
    pub(crate) fn unclaim(&self, function: &'static CStr, caller: &str) {
        let by = self.scheduled.swap(ptr::null_mut(), Ordering::AcqRel);
        if by.is_null() {
            fatal!("{caller}: the coroutine was not scheduled");
        }
        // SAFETY: `scheduled` only ever holds static C strings.
        if by.cast_const() != function.as_ptr() && unsafe { CStr::from_ptr(by) } != function {
            self.abort_scheduled(caller, by);
        }
    }

    /// The way to its stack and back.
    ///
    /// # Safety
    ///
    /// It is not a leader.
    #[inline]
    unsafe fn fiber(&self) -> &Fiber {
        // SAFETY: only leaders have none, and only `free` takes it.
        unsafe { (*self.fiber.get()).as_ref().unwrap_unchecked() }
    }

    /// Counts a lock that the coroutine took.
    fn lock_taken(&self) {
        self.locks_held.set(self.locks_held.get() + 1);
    }

    /// Counts a lock that the coroutine released.
    fn lock_released(&self) {
        self.locks_held.set(self.locks_held.get().wrapping_sub(1));
    }

    /// Has `co` entered when this coroutine, which is running, yields or ends.
    pub(crate) fn queue_wake(&self, co: &Self) {
        if co.queued.swap(true, Ordering::Relaxed) {
            fatal!("aio_co_enter: the coroutine is already queued to be woken");
        }
        self.wakes.push(co);
    }

    /// Whether its entry has returned.
    fn has_ended(&self) -> bool {
        ptr::eq(self.caller.load(Ordering::Acquire), self)
    }

    /// Checks that the coroutine may be entered now.
    #[inline]
    fn check_enterable(&self) {
        if self.is_entered() || self.is_scheduled() || self.queued.load(Ordering::Relaxed) {
            self.abort_not_enterable();
        }
    }

    #[cold]
    #[inline(never)]
    fn abort_not_enterable(&self) -> ! {
        const FUNCTION: &str = "qemu_aio_coroutine_enter";
        let scheduled = self.scheduled.load(Ordering::Acquire);
        if !scheduled.is_null() {
            self.abort_scheduled(FUNCTION, scheduled);
        }
        if self.queued.load(Ordering::Relaxed) {
            fatal!("{FUNCTION}: the coroutine is already queued to be woken");
        }
        if self.has_ended() {
            fatal!("{FUNCTION}: the coroutine has already ended");
        }
        fatal!("{FUNCTION}: the coroutine was re-entered recursively")
    }

    #[cold]
    fn abort_scheduled(&self, function: &str, by: *const c_char) -> ! {
        // SAFETY: `scheduled` only ever holds static C strings.
        let by = unsafe { CStr::from_ptr(by) }.to_string_lossy();
        fatal!("{function}: the coroutine was already scheduled by '{by}'")
    }

    /// Checks that the coroutine, which has returned from its entry, may end.
    #[inline]
    fn check_end(&self) {
        if self.locks_held.get() != 0 || self.is_scheduled() {
            self.abort_bad_end();
        }
    }

    #[cold]
    #[inline(never)]
    fn abort_bad_end(&self) -> ! {
        const FUNCTION: &str = "coroutine";
        let scheduled = self.scheduled.load(Ordering::Acquire);
        if !scheduled.is_null() {
            // SAFETY: `scheduled` only ever holds static C strings.
            let by = unsafe { CStr::from_ptr(scheduled) }.to_string_lossy();
            fatal!("{FUNCTION}: ended while it was scheduled by '{by}'");
        }
        fatal!("{FUNCTION}: ended while a lock is still held by it")
    }
}

/// The current coroutine, or the leader of the thread.
#[inline]
pub(crate) fn current<'a>() -> &'a Coroutine {
    // SAFETY: a thread's current coroutine has not ended, nor has its leader: this
    // code runs on it.
    unsafe { current_coroutine().as_ref() }
}

/// Whether the caller runs inside a coroutine.
#[inline]
pub(crate) fn is_inside() -> bool {
    current().is_entered()
}

/// A new coroutine that will call `entry(opaque)`.
#[inline]
pub(crate) fn create(entry: CoroutineEntryPointer, opaque: *mut c_void) -> NonNull<Coroutine> {
    match pool::take_near() {
        Some(raw) if entry.is_some() => prepare(raw, entry, opaque),
        found => create_slowly(found, entry, opaque),
    }
}

/// The same, where none is at hand.
#[cold]
#[inline(never)]
fn create_slowly(
    found: Option<NonNull<Coroutine>>,
    entry: CoroutineEntryPointer,
    opaque: *mut c_void,
) -> NonNull<Coroutine> {
    if entry.is_none() {
        fatal!("qemu_coroutine_create: there is no entry function");
    }
    let raw = found.or_else(pool::take).unwrap_or_else(with_fresh_stack);
    prepare(raw, entry, opaque)
}

/// Has a coroutine that nobody else has call `entry(opaque)` when it is entered.
#[inline]
fn prepare(
    raw: NonNull<Coroutine>,
    entry: CoroutineEntryPointer,
    opaque: *mut c_void,
) -> NonNull<Coroutine> {
    // SAFETY: it is from the pool or new; both own what they give.
    let co = unsafe { raw.as_ref() };
    co.entry.set(entry);
    co.opaque.set(opaque);
    co.ctx.store(ptr::null_mut(), Ordering::Relaxed);
    co.caller.store(ptr::null_mut(), Ordering::Relaxed);
    raw
}

#[cold]
#[inline(never)]
fn with_fresh_stack() -> NonNull<Coroutine> {
    let memory = Memory::new().unwrap_or_else(|errno| {
        let error = std::io::Error::from_raw_os_error(errno.get());
        fatal!("qemu_coroutine_create: out of memory for a stack: {error}")
    });
    let raw = memory.coroutine();
    let fiber = Fiber::new(memory);
    // SAFETY: the place is meant for this, and nobody else has it.
    unsafe { raw.write(Coroutine::with(Some(fiber))) };
    raw
}

/// Frees an ended coroutine and its stack.
///
/// # Safety
///
/// `co` has ended, and the caller is the only one who has it.
unsafe fn free(co: NonNull<Coroutine>) {
    // SAFETY: made by `with_fresh_stack`. The fiber, which is taken once, owns the memory
    // of the coroutine, in which nothing else needs to be dropped; it waits for its next
    // entry, with nothing on its stack that does.
    if let Some(fiber) = unsafe { ManuallyDrop::take(&mut *co.as_ref().fiber.get()) } {
        fiber.discard();
    }
}

/// Enters `co`, and then whatever it and those entered here queued for waking,
/// depth first. Returns when all of them have yielded or ended.
///
/// # Safety
///
/// `co` came from [`create`] and has not ended; `ctx` is NULL or a context that
/// is alive while the coroutines run.
pub(crate) unsafe fn enter(ctx: *mut AioContext, co: &Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe { enter_in(ctx, co) };
}

/// Enters `co` for the current context.
///
/// # Safety
///
/// As for [`enter`].
#[inline]
pub(crate) unsafe fn enter_here(co: &Coroutine) {
    // SAFETY: passed on to the caller; the current context is alive.
    unsafe { enter_in(current_context(), co) };
}

#[inline(always)]
unsafe fn enter_in(ctx: *mut AioContext, co: &Coroutine) {
    let from = current_coroutine();
    let next = run(from, co, ctx, ptr::null_mut());
    if !next.is_null() {
        // SAFETY: those in a wake queue have not ended either, see `WakeQueue`.
        unsafe { enter_queued(from, ctx, next) };
    }
}

/// The rest of [`enter`]: `next` and those that are linked to it.
///
/// # Safety
///
/// As for [`enter`], for all of them; the caller runs on `from`.
#[cold]
#[inline(never)]
unsafe fn enter_queued(from: NonNull<Coroutine>, ctx: *mut AioContext, mut next: *mut Coroutine) {
    // SAFETY: passed on to the caller.
    while let Some(to) = unsafe { next.as_ref() } {
        to.queued.store(false, Ordering::Relaxed);
        next = run(from, to, ctx, to.next.get());
    }
}

/// One switch to `to` and back. Returns what is to be entered next: what it
/// queued, and then `rest`.
#[inline(always)]
fn run(
    from: NonNull<Coroutine>,
    to: &Coroutine,
    ctx: *mut AioContext,
    rest: *mut Coroutine,
) -> *mut Coroutine {
    to.check_enterable();
    to.caller.store(from.as_ptr(), Ordering::Relaxed);
    to.ctx.store(ctx, Ordering::Release);
    set_current_coroutine(NonNull::from(to));
    // SAFETY: `caller` was NULL, so nobody runs on this stack, and now it is not,
    // so nobody else will. A coroutine made by `create` is no leader.
    let step = unsafe { to.fiber().resume() };
    set_current_coroutine(from);
    let next = if to.wakes.is_empty() { rest } else { to.wakes.take_before(rest) };
    if step == Step::Ended {
        to.check_end();
        to.caller.store(ptr::from_ref(to).cast_mut(), Ordering::Relaxed);
        // SAFETY: it has ended and all its pointers are dead.
        unsafe { pool::give(NonNull::from(to)) };
    } else {
        // The last access: from here on another thread may enter it.
        to.caller.store(ptr::null_mut(), Ordering::Release);
    }
    next
}

/// Switches back to whoever entered the current coroutine. Returns when it is
/// entered again.
#[inline]
pub(crate) fn suspend() {
    let co = current();
    if !co.is_entered() {
        abort_yield_outside();
    }
    // SAFETY: `co` is the current coroutine and not a leader.
    unsafe { co.fiber().suspend() };
}

#[cold]
#[inline(never)]
fn abort_yield_outside() -> ! {
    fatal!("qemu_coroutine_yield: yielding to no one: not called inside a coroutine")
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn nothing(_opaque: *mut c_void) {}

    #[test]
    fn a_claim_is_known_by_its_name_wherever_that_is() {
        let name = c"somebody";
        let same = Box::into_raw(name.to_owned().into_boxed_c_str());
        let raw = create(Some(nothing), ptr::null_mut());
        // SAFETY: a new coroutine.
        let co = unsafe { raw.as_ref() };
        co.claim(name);
        assert!(co.is_scheduled());
        // SAFETY: it is freed below, after its only use.
        co.unclaim(unsafe { &*same }, "the test");
        assert!(!co.is_scheduled());
        // SAFETY: made by `into_raw` above.
        drop(unsafe { Box::from_raw(same) });
        // SAFETY: it has not ended. It does now, so that its stack is used again.
        unsafe { enter_here(co) };
    }
}
