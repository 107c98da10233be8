//! Threads for work that C functions do.

use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;

use super::errno::Errno;

/// Signals that mean a bug in the thread itself, and cannot be put off.
const FAULTS: [c_int; 3] = [libc::SIGSEGV, libc::SIGFPE, libc::SIGILL];

/// All other signals.
fn put_off() -> libc::sigset_t {
    let mut mask = MaybeUninit::uninit();
    // SAFETY: the first call initialises the set.
    unsafe {
        libc::sigfillset(mask.as_mut_ptr());
        for signal in FAULTS {
            libc::sigdelset(mask.as_mut_ptr(), signal);
        }
        mask.assume_init()
    }
}

/// What pthread functions return.
fn check(result: c_int) -> Result<(), Errno> {
    match result {
        0 => Ok(()),
        errno => Err(Errno::new(errno)),
    }
}

/// Starts a detached thread with the system's default stack size (Rust's is a
/// fraction of it) and all signals blocked but those of faults.
///
/// # Safety
///
/// `function` may be called with `data`, once, in another thread.
pub(crate) unsafe fn start(
    function: extern "C" fn(*mut c_void) -> *mut c_void,
    data: *mut c_void,
) -> Result<(), Errno> {
    let mut thread = MaybeUninit::uninit();
    let mut attributes = MaybeUninit::uninit();
    let mask = put_off();
    let mut previous = MaybeUninit::uninit();
    // SAFETY: each value is initialised by the function it is first given to; the
    // thread inherits the mask, which is put back. What the thread does is the
    // caller's.
    unsafe {
        check(libc::pthread_attr_init(attributes.as_mut_ptr()))?;
        libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, previous.as_mut_ptr());
        let result = libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), function, data);
        libc::pthread_sigmask(libc::SIG_SETMASK, previous.as_ptr(), std::ptr::null_mut());
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        check(result)
    }
}

/// Makes the calling thread, which [`start`] started, look as it did then: signals,
/// cancellation, locale and `errno`.
pub(crate) fn refresh() {
    const ENABLE: c_int = 0;
    const DEFERRED: c_int = 0;
    const GLOBAL_LOCALE: libc::locale_t = std::ptr::without_provenance_mut(usize::MAX);
    unsafe extern "C" {
        fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int;
        fn pthread_setcanceltype(kind: c_int, old: *mut c_int) -> c_int;
    }
    let mask = put_off();
    let mut old = 0;
    // SAFETY: these change nothing but the calling thread, to valid values.
    unsafe {
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut());
        pthread_setcanceltype(DEFERRED, &raw mut old);
        pthread_setcancelstate(ENABLE, &raw mut old);
        libc::uselocale(GLOBAL_LOCALE);
    }
    Errno::new(0).store();
}

/// Names the calling thread; the kernel takes at most 15 bytes.
pub(crate) fn set_name(name: &CStr) {
    // SAFETY: a C string; a name that is too long is only refused.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
}
