//! Threads.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;

use libc::{pthread_attr_t, pthread_t};

use super::must_succeed;
use crate::abi::qemu::thread::QemuThread;

/// The function of a thread, as C spells it.
pub(crate) type ThreadFunction = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

unsafe extern "C" {
    // libc declares the function that starts a thread with a Rust-only type.
    fn pthread_create(
        thread: *mut pthread_t,
        attributes: *const pthread_attr_t,
        function: ThreadFunction,
        argument: *mut c_void,
    ) -> c_int;
    fn pthread_exit(result: *mut c_void) -> !;
}

/// Starts a thread, with all signals blocked. Aborts if that is impossible.
///
/// # Safety
///
/// `function(argument)` may run on another thread, at once.
pub(crate) unsafe fn create(
    thread: &QemuThread,
    name: Option<&CStr>,
    function: ThreadFunction,
    argument: *mut c_void,
    is_joinable: bool,
) {
    const FUNCTION: &str = "qemu_thread_create";
    let mut attributes = MaybeUninit::<pthread_attr_t>::uninit();
    let mut all = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    let mut handle: pthread_t = 0;
    // SAFETY: the attributes and signal sets are initialised before they are used;
    // the caller vouches for the function.
    unsafe {
        let attributes = attributes.as_mut_ptr();
        must_succeed(libc::pthread_attr_init(attributes), FUNCTION);
        if !is_joinable {
            libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_DETACHED);
        }
        // Signals are for the threads that the program made itself.
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        let result = pthread_create(&raw mut handle, attributes, function, argument);
        libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut());
        libc::pthread_attr_destroy(attributes);
        must_succeed(result, FUNCTION);
    }
    if let (Some(name), true) = (name, is_joinable) {
        set_name(handle, name);
    }
    thread.thread.set(handle);
}

/// Names a thread; the system keeps fifteen bytes.
fn set_name(handle: pthread_t, name: &CStr) {
    let mut short: [c_char; 16] = [0; 16];
    for (to, &from) in short.iter_mut().zip(name.to_bytes()).take(15) {
        *to = from as c_char;
    }
    // SAFETY: the thread was not joined yet, and the name ends with NUL. The name
    // is only a help: a failure does not matter.
    unsafe { libc::pthread_setname_np(handle, short.as_ptr()) };
}

/// Waits for the end of a joinable thread. Returns what its function returned.
pub(crate) fn join(thread: &QemuThread) -> *mut c_void {
    let mut result = ptr::null_mut();
    // SAFETY: the thread is joinable and was not joined, the caller says.
    must_succeed(
        unsafe { libc::pthread_join(thread.thread.get(), &raw mut result) },
        "qemu_thread_join",
    );
    result
}

/// The calling thread.
pub(crate) fn this() -> pthread_t {
    // SAFETY: always succeeds.
    unsafe { libc::pthread_self() }
}

/// Ends the calling thread.
///
/// # Safety
///
/// No frame of the thread's stack may need to be unwound.
pub(crate) unsafe fn exit(result: *mut c_void) -> ! {
    // SAFETY: passed on to the caller.
    unsafe { pthread_exit(result) }
}
