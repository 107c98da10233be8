//! What the runtime knows about each thread.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use crate::abi::qemu::typedefs::AioContext;
use crate::runtime::coroutine::{Coroutine, LocalPool};

/// The state of one thread.
pub(crate) struct Thread {
    /// The coroutine that runs; NULL for the leader.
    current: Cell<*mut Coroutine>,
    leader: Coroutine,
    /// Stacks that this thread keeps.
    pub(crate) pool: LocalPool,
    /// The context that the thread was bound to.
    pub(crate) bound: Cell<*mut AioContext>,
    /// The context that the thread dispatches right now.
    pub(crate) dispatching: Cell<*mut AioContext>,
    /// Whether the thread holds the global lock.
    pub(crate) holds_global_lock: Cell<bool>,
}

impl Thread {
    const fn new() -> Self {
        Self {
            current: Cell::new(ptr::null_mut()),
            leader: Coroutine::leader(),
            pool: LocalPool::new(),
            bound: Cell::new(ptr::null_mut()),
            dispatching: Cell::new(ptr::null_mut()),
            holds_global_lock: Cell::new(false),
        }
    }

    /// The coroutine that runs, or the leader.
    #[inline]
    pub(crate) fn current_coroutine(&self) -> NonNull<Coroutine> {
        NonNull::new(self.current.get()).unwrap_or(NonNull::from(&self.leader))
    }

    /// Notes which coroutine runs from now on.
    #[inline]
    pub(crate) fn set_current_coroutine(&self, co: NonNull<Coroutine>) {
        self.current.set(co.as_ptr());
    }
}

thread_local! {
    // Nothing in it needs to be dropped, so it can be used until the very end of
    // the thread.
    static THREAD: Thread = const { Thread::new() };
}

/// The state of the calling thread.
///
/// The reference must not be kept across a switch of stacks: a coroutine may go
/// on on another thread. For the same reason the compiler must not remember the
/// address, nor know where it comes from.
#[inline(never)]
pub(crate) fn thread<'a>() -> &'a Thread {
    let mut state = THREAD.with(ptr::from_ref);
    // SAFETY: an empty piece of assembly that may have changed `state`, which
    // hides that it has not.
    unsafe {
        std::arch::asm!("/* {0} */", inout(reg) state, options(nostack, preserves_flags));
    }
    // SAFETY: the state lives as long as the thread, and the caller obeys the rule
    // above.
    unsafe { &*state }
}
