//! Functions of `qemu/coroutine.h`.

use std::ffi::{c_int, c_uint, c_void};

use libc::iovec;

use crate::abi::qemu::coroutine::{CoMutex, CoQueue, CoQueueWaitFlags, CoRwlock, QemuCoSleep};
use crate::abi::qemu::lockable::QemuLockable;
use crate::abi::qemu::typedefs::{AioContext, Coroutine};
use crate::abi::values::{
    CleanupFuncPointer, CoQueueWaitFlagsValue, CoroutineEntryPointer, QEMUClockTypeValue,
};
use crate::runtime::coroutine::queue::Lock;
use crate::runtime::coroutine::{self, Coroutine as Entity, io, sleep, timeout};

/// Creates a coroutine that will call `entry(opaque)`. Nothing runs yet: enter
/// it. Its stack has 1 MiB, and a guard page.
///
/// @param entry what the coroutine does
/// @param opaque (nullable): passed to it
///
/// @return the coroutine, never NULL; without memory the process aborts. The
/// coroutine ends when `entry` returns, and then the pointer is dead. There is no
/// other way to end it.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_coroutine_create(
    entry: CoroutineEntryPointer,
    opaque: *mut c_void,
) -> *mut Coroutine {
    coroutine::create(entry, opaque).as_ptr().cast()
}

/// Switches to a coroutine that is new or has yielded. Returns when it yields or
/// ends, and those that it woke meanwhile have too. It becomes a coroutine of the
/// current event context (see `qemu_get_current_aio_context()`).
///
/// The process aborts if the coroutine runs, is active further up, is scheduled,
/// queued to be woken, or has ended.
///
/// @param co the coroutine
///
/// # Safety
///
/// `co` came from `qemu_coroutine_create()`, and no other thread enters it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_coroutine_enter(co: *mut Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe { coroutine::enter_here(Entity::from_raw(co)) };
}

/// As `qemu_coroutine_enter()`, unless the coroutine is entered already.
///
/// @param co the coroutine
///
/// # Safety
///
/// As for `qemu_coroutine_enter()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_coroutine_enter_if_inactive(co: *mut Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe {
        if !Entity::from_raw(co).is_entered() {
            qemu_coroutine_enter(co);
        }
    }
}

/// As `qemu_coroutine_enter()`; the coroutine becomes one of the context `ctx`,
/// which may be NULL.
///
/// @param ctx (nullable): the context
/// @param co the coroutine
///
/// # Safety
///
/// As for `qemu_coroutine_enter()`; `ctx` is NULL or alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_aio_coroutine_enter(ctx: *mut AioContext, co: *mut Coroutine) {
    // SAFETY: passed on to the caller.
    unsafe { coroutine::enter(ctx, Entity::from_raw(co)) };
}

/// Switches back to whoever entered the coroutine. Returns when it is entered
/// again, perhaps on another thread. Aborts outside a coroutine.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_coroutine_yield() {
    coroutine::suspend();
}

/// Returns the coroutine that runs; outside of one, something that stands for the
/// thread. Never NULL.
///
/// @return the coroutine; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_coroutine_self() -> *mut Coroutine {
    coroutine::current().as_raw()
}

/// Tells whether the caller runs inside a coroutine.
///
/// @return true if it does.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_in_coroutine() -> bool {
    coroutine::is_inside()
}

/// Tells whether the coroutine runs, or has entered one that does.
///
/// @param co the coroutine
///
/// @return true if it does, or has.
///
/// # Safety
///
/// `co` has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_coroutine_entered(co: *mut Coroutine) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Entity::from_raw(co) }.is_entered()
}

/// Returns the event context that the coroutine was last entered for; NULL if it
/// was entered for none, or never.
///
/// @param co the coroutine
///
/// @return (transfer none) (nullable): the context.
///
/// # Safety
///
/// `co` has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_coroutine_get_aio_context(co: *mut Coroutine) -> *mut AioContext {
    // SAFETY: passed on to the caller.
    unsafe { Entity::from_raw(co) }.context()
}

/// Keeps up to `additional_pool_size` more stacks of ended coroutines for new ones.
///
/// @param additional_pool_size how many more
#[unsafe(no_mangle)]
pub extern "C" fn qemu_coroutine_inc_pool_size(additional_pool_size: c_uint) {
    coroutine::grow_pool(additional_pool_size as usize);
}

/// Takes back what `qemu_coroutine_inc_pool_size()` added.
///
/// @param additional_pool_size how many fewer
#[unsafe(no_mangle)]
pub extern "C" fn qemu_coroutine_dec_pool_size(additional_pool_size: c_uint) {
    coroutine::shrink_pool(additional_pool_size as usize);
}

/// Initialises a mutex as unlocked. Zeroed memory is the same.
///
/// @param mutex the mutex
///
/// # Safety
///
/// `mutex` is writable, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_mutex_init(mutex: *mut CoMutex) {
    // SAFETY: passed on to the caller.
    unsafe { mutex.write(CoMutex::new()) };
}

/// Locks a mutex. While another coroutine has it, the calling one is suspended;
/// those that wait get the mutex in the order in which they came. Outside a
/// coroutine the mutex must be free.
///
/// @param mutex the mutex
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_mutex_lock(mutex: *mut CoMutex) {
    // SAFETY: passed on to the caller.
    unsafe { &*mutex }.lock();
}

/// Unlocks a mutex that the calling coroutine has locked. Never suspends it.
///
/// @param mutex the mutex
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_mutex_unlock(mutex: *mut CoMutex) {
    // SAFETY: passed on to the caller.
    unsafe { &*mutex }.unlock();
}

/// Initialises a queue as empty.
///
/// @param queue the queue
///
/// # Safety
///
/// `queue` is writable, nobody uses it, and it does not move afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_queue_init(queue: *mut CoQueue) {
    // SAFETY: passed on to the caller.
    unsafe { &*queue }.initialise();
}

/// Behind `qemu_co_queue_wait()` and `qemu_co_queue_wait_flags()`.
///
/// @param queue the queue
/// @param lock (nullable): what to unlock while waiting
/// @param flags 0 or CO_QUEUE_WAIT_FRONT, to be the first in the queue
///
/// # Safety
///
/// `queue` is initialised, nobody else uses it meanwhile, and `lock` is NULL or a
/// lock that the caller holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_queue_wait_impl(
    queue: *mut CoQueue,
    lock: *mut QemuLockable,
    flags: CoQueueWaitFlagsValue,
) {
    let in_front = flags & CoQueueWaitFlags::CO_QUEUE_WAIT_FRONT as CoQueueWaitFlagsValue != 0;
    // SAFETY: passed on to the caller.
    unsafe { (*queue).wait(Lock::from_raw(lock), in_front) };
}

/// Wakes the coroutine that has waited longest. In a coroutine it runs when the
/// caller yields or ends.
///
/// @param queue the queue
///
/// @return false if nobody waits.
///
/// # Safety
///
/// `queue` is initialised, and nobody else uses it meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_queue_next(queue: *mut CoQueue) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { &*queue }.wake_next(Lock::NONE)
}

/// Wakes all coroutines that wait.
///
/// @param queue the queue
///
/// # Safety
///
/// As for `qemu_co_queue_next()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_queue_restart_all(queue: *mut CoQueue) {
    // SAFETY: passed on to the caller.
    unsafe { &*queue }.wake_all(Lock::NONE);
}

/// Behind `qemu_co_enter_next()`.
///
/// @param queue the queue
/// @param lock (nullable): what to unlock while the coroutine runs
///
/// @return false if nobody waits.
///
/// # Safety
///
/// As for `qemu_co_queue_next()`; `lock` is NULL or a lock that the caller holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_enter_next_impl(
    queue: *mut CoQueue,
    lock: *mut QemuLockable,
) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { (*queue).wake_next(Lock::from_raw(lock)) }
}

/// Behind `qemu_co_enter_all()`.
///
/// @param queue the queue
/// @param lock (nullable): what to unlock while coroutines run
///
/// # Safety
///
/// As for `qemu_co_enter_next_impl()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_enter_all_impl(queue: *mut CoQueue, lock: *mut QemuLockable) {
    // SAFETY: passed on to the caller.
    unsafe { (*queue).wake_all(Lock::from_raw(lock)) };
}

/// Tells whether nobody waits.
///
/// @param queue the queue
///
/// @return true if nobody does.
///
/// # Safety
///
/// As for `qemu_co_queue_next()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_queue_empty(queue: *mut CoQueue) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { &*queue }.is_empty()
}

/// Initialises a lock as free.
///
/// @param lock the lock
///
/// # Safety
///
/// `lock` is writable, nobody uses it, and it does not move afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_rwlock_init(lock: *mut CoRwlock) {
    // SAFETY: passed on to the caller.
    unsafe { CoRwlock::initialise(lock) };
}

/// Locks for reading; waits while somebody writes, or waits before the caller.
///
/// @param lock the lock
///
/// # Safety
///
/// `lock` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_rwlock_rdlock(lock: *mut CoRwlock) {
    // SAFETY: passed on to the caller.
    unsafe { &*lock }.read();
}

/// Changes a read lock to a write lock. If others read or wait, the caller gives
/// its share up and waits: what it read may have changed afterwards.
///
/// @param lock the lock
///
/// # Safety
///
/// `lock` is initialised, and the caller reads.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_rwlock_upgrade(lock: *mut CoRwlock) {
    // SAFETY: passed on to the caller.
    unsafe { &*lock }.upgrade();
}

/// Changes a write lock to a read lock, without waiting.
///
/// @param lock the lock
///
/// # Safety
///
/// `lock` is initialised, and the caller writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_rwlock_downgrade(lock: *mut CoRwlock) {
    // SAFETY: passed on to the caller.
    unsafe { &*lock }.downgrade();
}

/// Locks for writing; waits until nobody reads or writes.
///
/// @param lock the lock
///
/// # Safety
///
/// `lock` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_rwlock_wrlock(lock: *mut CoRwlock) {
    // SAFETY: passed on to the caller.
    unsafe { &*lock }.write();
}

/// Unlocks what the calling coroutine has locked, for reading or writing.
///
/// @param lock the lock
///
/// # Safety
///
/// `lock` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_rwlock_unlock(lock: *mut CoRwlock) {
    // SAFETY: passed on to the caller.
    unsafe { &*lock }.unlock();
}

/// Suspends the calling coroutine until `qemu_co_sleep_wake(w)`, or until `ns`
/// nanoseconds have passed. Nobody else may enter it meanwhile.
///
/// @param w the sleep
/// @param type the clock
/// @param ns how long
///
/// # Safety
///
/// `w` is zeroed or was used before, and nobody else sleeps with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_sleep_ns_wakeable(
    w: *mut QemuCoSleep,
    r#type: QEMUClockTypeValue,
    ns: i64,
) {
    // SAFETY: passed on to the caller.
    unsafe { &*w }.sleep_for(r#type, ns);
}

/// Suspends the calling coroutine until `qemu_co_sleep_wake(w)`.
///
/// @param w the sleep
///
/// # Safety
///
/// As for `qemu_co_sleep_ns_wakeable()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_sleep(w: *mut QemuCoSleep) {
    // SAFETY: passed on to the caller.
    unsafe { &*w }.sleep();
}

/// Suspends the calling coroutine for `ns` nanoseconds of a clock.
///
/// @param type the clock
/// @param ns how long
#[unsafe(no_mangle)]
pub extern "C" fn qemu_co_sleep_ns(r#type: QEMUClockTypeValue, ns: i64) {
    sleep::sleep(r#type, ns);
}

/// Ends a sleep before its time. Does nothing if nobody sleeps.
///
/// @param w the sleep
///
/// # Safety
///
/// `w` is zeroed or was used before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_sleep_wake(w: *mut QemuCoSleep) {
    // SAFETY: passed on to the caller.
    unsafe { &*w }.wake();
}

/// Runs `entry(opaque)` in a coroutine of its own and waits for it, at most
/// `timeout_ns` nanoseconds; 0 means for ever.
///
/// @param entry the function
/// @param opaque (nullable): passed to it
/// @param timeout_ns how long to wait; 0 for ever
/// @param clean (nullable): called with `opaque` at the end of what was not waited for
///
/// @return 0 if it has ended in time, else `-ETIMEDOUT`. Then it goes on, and
/// `clean(opaque)`, if given, is called at its end.
///
/// # Safety
///
/// `opaque` is good for both functions as long as they run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_timeout(
    entry: CoroutineEntryPointer,
    opaque: *mut c_void,
    timeout_ns: u64,
    clean: CleanupFuncPointer,
) -> c_int {
    // SAFETY: passed on to the caller.
    unsafe { timeout::run(entry, opaque, timeout_ns, clean) }
}

/// Suspends the calling coroutine, which has an event context, until `fd` can be
/// read from. Replaces what that context had registered for `fd`.
///
/// @param fd the descriptor
#[unsafe(no_mangle)]
pub extern "C" fn yield_until_fd_readable(fd: c_int) {
    io::until_readable(fd);
}

/// Sends or receives `bytes` bytes of an iovec array, from `offset` on. Where the
/// socket would block the coroutine only yields: the caller has registered
/// something that enters it again.
///
/// @param sockfd the socket
/// @param iov the buffers
/// @param iov_cnt how many there are
/// @param offset how many bytes of them to skip
/// @param bytes how many to transfer
/// @param do_send true to send, false to receive
///
/// @return the bytes transferred; less than all after an error or at end of
/// file. `-errno` if an error came first.
///
/// # Safety
///
/// `iov` has `iov_cnt` elements, whose memory is good for the transfer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_sendv_recvv(
    sockfd: c_int,
    iov: *mut iovec,
    iov_cnt: c_uint,
    offset: usize,
    bytes: usize,
    do_send: bool,
) -> isize {
    let part = io::Part { iov, count: iov_cnt, offset, bytes };
    // SAFETY: passed on to the caller.
    unsafe { io::transfer(sockfd, &part, do_send) }
}

/// As `qemu_co_sendv_recvv()`, with one buffer.
///
/// @param sockfd the socket
/// @param buf the buffer
/// @param bytes how many bytes to transfer
/// @param do_send true to send, false to receive
///
/// @return as `qemu_co_sendv_recvv()`.
///
/// # Safety
///
/// `buf` is good for the transfer of `bytes` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_co_send_recv(
    sockfd: c_int,
    buf: *mut c_void,
    bytes: usize,
    do_send: bool,
) -> isize {
    let element = iovec { iov_base: buf, iov_len: bytes };
    let part = io::Part { iov: &raw const element, count: 1, offset: 0, bytes };
    // SAFETY: passed on to the caller.
    unsafe { io::transfer(sockfd, &part, do_send) }
}

/// Tells whether somebody has announced to enter the coroutine. For the channels.
///
/// cbindgen:ignore
///
/// # Safety
///
/// `co` has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qiochannel_coroutine_is_scheduled(co: *mut Coroutine) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { Entity::from_raw(co) }.is_scheduled()
}
