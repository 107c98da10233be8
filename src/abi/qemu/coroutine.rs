//! Types of `qemu/coroutine.h`.

use std::cell::Cell;
use std::ffi::{c_int, c_uint, c_void};
use std::sync::atomic::AtomicU32;

use crate::abi::qemu::typedefs::{AioContext, Coroutine};

/// A mutex that suspends the coroutine that has to wait for it.
///
/// All fields are private. Zeroed memory is an unlocked mutex.
#[repr(C)]
pub struct CoMutex {
    /// How many coroutines hold the mutex or wait for it.
    pub(crate) locked: AtomicU32,
    /// The context of the holder, while nobody waits.
    pub(crate) ctx: Cell<*mut AioContext>,
    /// Waiters, newest first; any thread pushes.
    pub(crate) from_push: Cell<*mut c_void>,
    /// Waiters, oldest first; only the holder pops.
    pub(crate) to_pop: Cell<*mut c_void>,
    /// Non-zero: whoever waits next has to do the wake-up of this number.
    pub(crate) handoff: AtomicU32,
    /// The last number given to a hand-off.
    pub(crate) sequence: Cell<c_uint>,
    /// Who holds the mutex.
    pub(crate) holder: Cell<*mut Coroutine>,
}

/// The links of a `CoQueue`; private.
#[repr(C)]
pub struct CoQueueEntries {
    /// The coroutine that waits longest.
    pub(crate) sqh_first: Cell<*mut Coroutine>,
    /// Where the next one is to be linked.
    pub(crate) sqh_last: Cell<*mut *mut Coroutine>,
}

/// Coroutines that wait for something, oldest first.
///
/// To be initialised with `qemu_co_queue_init()`; zeroed memory is not enough.
#[repr(C)]
pub struct CoQueue {
    /// The waiting coroutines.
    pub(crate) entries: CoQueueEntries,
}

/// The links of the waiters of a `CoRwlock`; private.
#[repr(C)]
pub struct CoRwTickets {
    /// The ticket that is served next.
    pub(crate) sqh_first: Cell<*mut c_void>,
    /// Where the next one is to be linked.
    pub(crate) sqh_last: Cell<*mut *mut c_void>,
}

/// A fair lock for many readers or one writer.
///
/// All fields are private. To be initialised with `qemu_co_rwlock_init()`.
#[repr(C)]
pub struct CoRwlock {
    /// Protects the other fields.
    pub(crate) mutex: CoMutex,
    /// Number of readers, or -1 for a writer.
    pub(crate) owners: Cell<c_int>,
    /// Who waits, in order of arrival.
    pub(crate) tickets: CoRwTickets,
}

/// A sleep that can be ended early. Zeroed memory is ready for use.
#[repr(C)]
pub struct QemuCoSleep {
    /// The sleeping coroutine; private.
    pub(crate) to_wake: Cell<*mut Coroutine>,
}

/// How a coroutine joins a `CoQueue`.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoQueueWaitFlags {
    /// In front of those that wait already.
    CO_QUEUE_WAIT_FRONT = 0x1,
}
