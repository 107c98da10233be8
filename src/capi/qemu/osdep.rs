//! Functions of `qemu/osdep.h`.

use std::ffi::{CStr, c_char, c_int, c_void};

use libc::mode_t;

use crate::abi::qemu::typedefs::Error;
use crate::host::error::Destination;
use crate::runtime::util::{self, open};
use crate::sys::fd;

/// Opens the file `name`, close-on-exec. `flags` are those of open() without
/// `O_CREAT`. Returns a descriptor for `qemu_close()`, or -1 with `errp` and
/// `errno` set.
///
/// Names below `/dev/fdset/` stand for descriptors of a monitor; as there is no
/// monitor, they cannot be opened (`ENOSYS`).
///
/// # Safety
///
/// The caller passes a C string and a valid destination.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_open(
    name: *const c_char,
    flags: c_int,
    errp: *mut *mut Error,
) -> c_int {
    ensure!(flags & libc::O_CREAT == 0, "qemu_open: O_CREAT is for qemu_create()");
    // SAFETY: the caller passes a C string and a valid destination.
    unsafe { open_or_report(name, flags, 0, errp, c"qemu_open") }
}

/// As `qemu_open()`, but creates the file with `mode` if it does not exist.
///
/// # Safety
///
/// The caller passes a C string and a valid destination.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_create(
    name: *const c_char,
    flags: c_int,
    mode: mode_t,
    errp: *mut *mut Error,
) -> c_int {
    ensure!(flags & libc::O_CREAT == 0, "qemu_create: O_CREAT is implied");
    // SAFETY: the caller passes a C string and a valid destination.
    unsafe { open_or_report(name, flags | libc::O_CREAT, mode, errp, c"qemu_create") }
}

/// Opens a file or stores why not.
///
/// # Safety
///
/// `name` is a C string and `errp` a valid destination.
unsafe fn open_or_report(
    name: *const c_char,
    flags: c_int,
    mode: mode_t,
    errp: *mut *mut Error,
    function: &'static CStr,
) -> c_int {
    // SAFETY: passed on to the caller.
    let (name, destination) = unsafe { (CStr::from_ptr(name), Destination::from_raw(errp)) };
    open::open(name, flags, mode).unwrap_or_else(|error| {
        error.store(destination, function);
        -1
    })
}

/// Closes a descriptor. Returns 0, or -1 with `errno` set; the descriptor is gone
/// in both cases.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_close(fd: c_int) -> c_int {
    util::fd::status(fd::close(fd))
}

/// Removes the name of a file. Returns 0, or -1 with `errno` set. Does nothing to
/// a name below `/dev/fdset/`.
///
/// # Safety
///
/// The caller passes a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_unlink(name: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string.
    util::fd::status(util::fd::unlink(unsafe { CStr::from_ptr(name) }))
}

/// Returns a duplicate of `fd` that is close-on-exec, or -1 with `errno` set.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_dup(fd: c_int) -> c_int {
    util::fd::descriptor(fd::duplicate(fd))
}

/// Writes `count` bytes to `fd`, with as many calls as it takes. Returns the bytes
/// written: fewer only after an error, with `errno` set.
///
/// # Safety
///
/// The caller passes memory that is readable for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_write_full(fd: c_int, buf: *const c_void, count: usize) -> isize {
    if count == 0 {
        return 0;
    }
    // SAFETY: the caller passes memory that is readable for `count` bytes.
    let data = unsafe { std::slice::from_raw_parts(buf.cast(), count) };
    util::fd::write_all(fd, data).cast_signed()
}

/// Makes `fd`, which must be open, close-on-exec.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_set_cloexec(fd: c_int) {
    let done = fd::set_close_on_exec(fd).is_ok();
    ensure!(done, "qemu_set_cloexec: the descriptor is not open");
}

/// Returns the kernel's number of the calling thread.
#[unsafe(no_mangle)]
pub extern "C" fn qemu_get_thread_id() -> c_int {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::gettid() }
}
