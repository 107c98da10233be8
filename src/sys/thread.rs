//! Threads for work that C functions do.

use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;

use super::errno::Errno;

/// Signals that mean a bug in the thread itself, and cannot be put off.
const FAULTS: [c_int; 3] = [libc::SIGSEGV, libc::SIGFPE, libc::SIGILL];

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
    let mut mask = MaybeUninit::uninit();
    let mut previous = MaybeUninit::uninit();
    // SAFETY: each value is initialised by the function it is first given to; the
    // thread inherits the mask, which is put back. What the thread does is the
    // caller's.
    unsafe {
        libc::sigfillset(mask.as_mut_ptr());
        for signal in FAULTS {
            libc::sigdelset(mask.as_mut_ptr(), signal);
        }
        check(libc::pthread_attr_init(attributes.as_mut_ptr()))?;
        libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED);
        libc::pthread_sigmask(libc::SIG_SETMASK, mask.as_ptr(), previous.as_mut_ptr());
        let result = libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), function, data);
        libc::pthread_sigmask(libc::SIG_SETMASK, previous.as_ptr(), std::ptr::null_mut());
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        check(result)
    }
}

/// Names the calling thread; the kernel takes at most 15 bytes.
pub(crate) fn set_name(name: &CStr) {
    // SAFETY: a C string; a name that is too long is only refused.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
}
