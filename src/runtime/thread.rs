//! What the runtime knows about each thread.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use crate::abi::qemu::typedefs::AioContext;
use crate::runtime::coroutine::{Coroutine, LocalPool};

/// The state of one thread.
pub(crate) struct Thread {
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
            leader: Coroutine::leader(),
            pool: LocalPool::new(),
            bound: Cell::new(ptr::null_mut()),
            dispatching: Cell::new(ptr::null_mut()),
            holds_global_lock: Cell::new(false),
        }
    }
}

thread_local! {
    // Nothing in it needs to be dropped, so it can be used until the very end of
    // the thread.
    static THREAD: Thread = const { Thread::new() };
}

/// The state of the calling thread.
///
/// The reference must not be kept across a switch of stacks: a coroutine may go on
/// on another thread.
#[inline]
pub(crate) fn thread<'a>() -> &'a Thread {
    known_thread().unwrap_or_else(first_look)
}

/// The same, unless the thread has not looked before.
#[inline]
pub(crate) fn known_thread<'a>() -> Option<&'a Thread> {
    // SAFETY: NULL or this thread's state, which lives as long as the thread; the
    // caller obeys the rule above.
    unsafe { here::thread().as_ref() }
}

/// The coroutine that runs, or the leader of the calling thread.
#[inline]
pub(crate) fn current_coroutine() -> NonNull<Coroutine> {
    NonNull::new(here::coroutine()).unwrap_or_else(|| NonNull::from(&first_look().leader))
}

/// Notes which coroutine runs on the calling thread from now on.
#[inline]
pub(crate) fn set_current_coroutine(co: NonNull<Coroutine>) {
    here::set_coroutine(co.as_ptr());
}

/// The state of a thread that has not looked before.
#[cold]
#[inline(never)]
fn first_look<'a>() -> &'a Thread {
    let state = THREAD.with(ptr::from_ref);
    // SAFETY: as in `known_thread`.
    let thread = unsafe { &*state };
    here::set_thread(state);
    here::set_coroutine(ptr::from_ref(&thread.leader).cast_mut());
    thread
}

/// The two thread-locals of `thread.c`.
///
/// The compiler may remember the address of a thread-local, also across a switch to
/// another stack, after which the thread may be another one. It cannot do so here: it
/// does not know what the instructions look at.
#[cfg(target_arch = "x86_64")]
mod here {
    use std::arch::asm;

    use super::{Coroutine, Thread};

    #[inline]
    pub(super) fn thread() -> *const Thread {
        let thread;
        // SAFETY: reads the first word of a thread-local.
        unsafe {
            asm!(
                "mov {0}, qword ptr [rip + qiochannel_here@GOTTPOFF]",
                "mov {0}, qword ptr fs:[{0}]",
                out(reg) thread,
                options(nostack, preserves_flags, readonly),
            );
        }
        thread
    }

    #[inline]
    pub(super) fn coroutine() -> *mut Coroutine {
        let co;
        // SAFETY: reads the second word.
        unsafe {
            asm!(
                "mov {0}, qword ptr [rip + qiochannel_here@GOTTPOFF]",
                "mov {0}, qword ptr fs:[{0} + 8]",
                out(reg) co,
                options(nostack, preserves_flags, readonly),
            );
        }
        co
    }

    pub(super) fn set_thread(thread: *const Thread) {
        // SAFETY: writes the first word, which only this module looks at.
        unsafe {
            asm!(
                "mov {0}, qword ptr [rip + qiochannel_here@GOTTPOFF]",
                "mov qword ptr fs:[{0}], {1}",
                out(reg) _,
                in(reg) thread,
                options(nostack, preserves_flags),
            );
        }
    }

    #[inline]
    pub(super) fn set_coroutine(co: *mut Coroutine) {
        // SAFETY: writes the second word, as above.
        unsafe {
            asm!(
                "mov {0}, qword ptr [rip + qiochannel_here@GOTTPOFF]",
                "mov qword ptr fs:[{0} + 8], {1}",
                out(reg) _,
                in(reg) co,
                options(nostack, preserves_flags),
            );
        }
    }
}

/// The same through a function whose inside the compiler does not know.
#[cfg(not(target_arch = "x86_64"))]
mod here {
    use std::ffi::c_void;

    use super::{Coroutine, Thread};

    #[repr(C)]
    struct Here {
        thread: *const c_void,
        coroutine: *mut c_void,
    }

    unsafe extern "C" {
        safe fn qiochannel_find_here() -> *mut Here;
    }

    pub(super) fn thread() -> *const Thread {
        // SAFETY: the calling thread's own, and only this module looks at it.
        unsafe { (*qiochannel_find_here()).thread.cast() }
    }

    pub(super) fn coroutine() -> *mut Coroutine {
        // SAFETY: as above.
        unsafe { (*qiochannel_find_here()).coroutine.cast() }
    }

    pub(super) fn set_thread(thread: *const Thread) {
        // SAFETY: as above.
        unsafe { (*qiochannel_find_here()).thread = thread.cast() };
    }

    pub(super) fn set_coroutine(co: *mut Coroutine) {
        // SAFETY: as above.
        unsafe { (*qiochannel_find_here()).coroutine = co.cast() };
    }
}
