//! Functions of `qemu/thread.h`.

use std::ffi::{CStr, c_char, c_int, c_void};

use crate::abi::qemu::thread::{
    QemuCond, QemuEvent, QemuMutex, QemuRecMutex, QemuSemaphore, QemuThread,
};
use crate::runtime::sync::{self, condition, event, semaphore, threads};

/// Initialises a mutex as unlocked.
///
/// # Safety
///
/// `mutex` is writable, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_mutex_init(mutex: *mut QemuMutex) {
    // SAFETY: passed on to the caller.
    sync::initialise(unsafe { &*mutex });
}

/// Ends the use of a mutex, which is not locked.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_mutex_destroy(mutex: *mut QemuMutex) {
    // SAFETY: passed on to the caller.
    sync::destroy(unsafe { &*mutex });
}

/// Locks a mutex. Aborts if the thread has locked it already.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_mutex_lock_impl(
    mutex: *mut QemuMutex,
    file: *const c_char,
    line: c_int,
) {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    sync::lock(unsafe { &*mutex }, "qemu_mutex_lock");
}

/// Locks a mutex if it is free.
///
/// @return 0, or `-EBUSY`.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_mutex_trylock_impl(
    mutex: *mut QemuMutex,
    file: *const c_char,
    line: c_int,
) -> c_int {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    if sync::try_lock(unsafe { &*mutex }, "qemu_mutex_trylock") { 0 } else { -libc::EBUSY }
}

/// Unlocks a mutex. Aborts unless the thread has locked it.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_mutex_unlock_impl(
    mutex: *mut QemuMutex,
    file: *const c_char,
    line: c_int,
) {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    sync::unlock(unsafe { &*mutex }, "qemu_mutex_unlock");
}

/// Initialises a mutex as unlocked. Its holder may lock it again.
///
/// # Safety
///
/// `mutex` is writable, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_rec_mutex_init(mutex: *mut QemuRecMutex) {
    // SAFETY: passed on to the caller.
    sync::initialise_recursive(unsafe { &(*mutex).m });
}

/// Ends the use of a mutex, which is not locked.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_rec_mutex_destroy(mutex: *mut QemuRecMutex) {
    // SAFETY: passed on to the caller.
    sync::destroy(unsafe { &(*mutex).m });
}

/// Locks a mutex, perhaps once more.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_rec_mutex_lock_impl(
    mutex: *mut QemuRecMutex,
    file: *const c_char,
    line: c_int,
) {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    sync::lock(unsafe { &(*mutex).m }, "qemu_rec_mutex_lock");
}

/// Locks a mutex if no other thread has.
///
/// @return 0, or `-EBUSY`.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_rec_mutex_trylock_impl(
    mutex: *mut QemuRecMutex,
    file: *const c_char,
    line: c_int,
) -> c_int {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    if sync::try_lock(unsafe { &(*mutex).m }, "qemu_rec_mutex_trylock") { 0 } else { -libc::EBUSY }
}

/// Unlocks a mutex once. Aborts unless the thread has locked it.
///
/// # Safety
///
/// `mutex` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_rec_mutex_unlock_impl(
    mutex: *mut QemuRecMutex,
    file: *const c_char,
    line: c_int,
) {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    sync::unlock(unsafe { &(*mutex).m }, "qemu_rec_mutex_unlock");
}

/// Initialises a condition variable.
///
/// # Safety
///
/// `cond` is writable, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_init(cond: *mut QemuCond) {
    // SAFETY: passed on to the caller.
    condition::initialise(unsafe { &*cond });
}

/// Ends the use of a condition variable that nobody waits for.
///
/// # Safety
///
/// `cond` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_destroy(cond: *mut QemuCond) {
    // SAFETY: passed on to the caller.
    condition::destroy(unsafe { &*cond });
}

/// Wakes a thread that waits, if there is one.
///
/// # Safety
///
/// `cond` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_signal(cond: *mut QemuCond) {
    // SAFETY: passed on to the caller.
    condition::signal(unsafe { &*cond });
}

/// Wakes all threads that wait.
///
/// # Safety
///
/// `cond` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_broadcast(cond: *mut QemuCond) {
    // SAFETY: passed on to the caller.
    condition::broadcast(unsafe { &*cond });
}

/// Waits to be woken, with the mutex unlocked meanwhile. May return without
/// reason.
///
/// # Safety
///
/// `cond` is initialised, and the thread has locked `mutex`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_wait_impl(
    cond: *mut QemuCond,
    mutex: *mut QemuMutex,
    file: *const c_char,
    line: c_int,
) {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    unsafe { condition::wait(&*cond, &*mutex) };
}

/// As `qemu_cond_wait_impl()`, for at most `ms` milliseconds.
///
/// @return false if the time has passed.
///
/// # Safety
///
/// `cond` is initialised, and the thread has locked `mutex`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_cond_timedwait_impl(
    cond: *mut QemuCond,
    mutex: *mut QemuMutex,
    ms: c_int,
    file: *const c_char,
    line: c_int,
) -> bool {
    let _ = (file, line);
    // SAFETY: passed on to the caller.
    unsafe { condition::wait_for(&*cond, &*mutex, ms) }
}

/// Initialises a semaphore.
///
/// @param sem the semaphore
/// @param init how many waits return at once; not negative
///
/// # Safety
///
/// `sem` is writable, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_sem_init(sem: *mut QemuSemaphore, init: c_int) {
    // SAFETY: passed on to the caller.
    semaphore::initialise(unsafe { &*sem }, init);
}

/// Lets one more wait return.
///
/// # Safety
///
/// `sem` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_sem_post(sem: *mut QemuSemaphore) {
    // SAFETY: passed on to the caller.
    semaphore::post(unsafe { &*sem });
}

/// Waits until there was a post for it. Blocks the thread, also in a coroutine.
///
/// # Safety
///
/// `sem` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_sem_wait(sem: *mut QemuSemaphore) {
    // SAFETY: passed on to the caller.
    semaphore::wait(unsafe { &*sem });
}

/// As `qemu_sem_wait()`, for at most `ms` milliseconds; 0 does not wait.
///
/// @return 0, or -1 if there was no post in that time.
///
/// # Safety
///
/// `sem` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_sem_timedwait(sem: *mut QemuSemaphore, ms: c_int) -> c_int {
    // SAFETY: passed on to the caller.
    if semaphore::wait_for(unsafe { &*sem }, ms) { 0 } else { -1 }
}

/// Ends the use of a semaphore that nobody waits for.
///
/// # Safety
///
/// `sem` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_sem_destroy(sem: *mut QemuSemaphore) {
    // SAFETY: passed on to the caller.
    semaphore::destroy(unsafe { &*sem });
}

/// Initialises an event, set if `init` is true.
///
/// # Safety
///
/// `ev` is writable, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_event_init(ev: *mut QemuEvent, init: bool) {
    // SAFETY: passed on to the caller.
    event::initialise(unsafe { &*ev }, init);
}

/// Sets an event and wakes all threads that wait for it.
///
/// # Safety
///
/// `ev` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_event_set(ev: *mut QemuEvent) {
    // SAFETY: passed on to the caller.
    event::set(unsafe { &*ev });
}

/// Resets an event. What the caller checks afterwards is checked after the reset.
///
/// # Safety
///
/// `ev` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_event_reset(ev: *mut QemuEvent) {
    // SAFETY: passed on to the caller.
    event::reset(unsafe { &*ev });
}

/// Waits until an event is set.
///
/// # Safety
///
/// `ev` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_event_wait(ev: *mut QemuEvent) {
    // SAFETY: passed on to the caller.
    event::wait(unsafe { &*ev });
}

/// Ends the use of an event that nobody waits for.
///
/// # Safety
///
/// `ev` is initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_event_destroy(ev: *mut QemuEvent) {
    // SAFETY: passed on to the caller.
    event::destroy(unsafe { &*ev });
}

/// Starts a thread that calls `start_routine(arg)`, with all signals blocked.
/// Aborts if that is impossible.
///
/// @param thread set to the new thread
/// @param name (nullable): for debuggers, who see fifteen bytes of it
/// @param start_routine what the thread does
/// @param arg passed to it
/// @param mode `QEMU_THREAD_JOINABLE`: the thread is to be joined; or
///   `QEMU_THREAD_DETACHED`
///
/// # Safety
///
/// `thread` is writable, `name` is NULL or a C string, and the function may run on
/// another thread at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_thread_create(
    thread: *mut QemuThread,
    name: *const c_char,
    start_routine: unsafe extern "C" fn(arg: *mut c_void) -> *mut c_void,
    arg: *mut c_void,
    mode: c_int,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        let name = if name.is_null() { None } else { Some(CStr::from_ptr(name)) };
        threads::create(&*thread, name, start_routine, arg, mode == 0);
    }
}

/// Waits for the end of a joinable thread.
///
/// @return what its function returned.
///
/// # Safety
///
/// `thread` was created joinable and not joined.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_thread_join(thread: *mut QemuThread) -> *mut c_void {
    // SAFETY: passed on to the caller.
    threads::join(unsafe { &*thread })
}

/// Sets `thread` to the calling thread.
///
/// # Safety
///
/// `thread` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_thread_get_self(thread: *mut QemuThread) {
    // SAFETY: passed on to the caller.
    unsafe { thread.write(QemuThread { thread: threads::this().into() }) };
}

/// Tells whether `thread` is the calling thread.
///
/// # Safety
///
/// `thread` was set by one of the functions here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_thread_is_self(thread: *mut QemuThread) -> bool {
    // SAFETY: passed on to the caller.
    unsafe { &*thread }.thread.get() == threads::this()
}

/// Ends the calling thread, as if its function had returned `retval`.
///
/// # Safety
///
/// Nobody on the thread's stack expects to be returned to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_thread_exit(retval: *mut c_void) -> ! {
    // SAFETY: passed on to the caller.
    unsafe { threads::exit(retval) }
}
