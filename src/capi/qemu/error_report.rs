//! Functions of `qemu/error-report.h`.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;

use crate::abi::qemu::error_report::Location;
use crate::runtime::error::{location, log};

/// Puts `loc`, which must not be on the stack, on the stack of locations, with
/// what `loc_save()` left in it. It must stay valid until `loc_pop()`.
///
/// The locations are one stack for the program; they must not be used by several
/// threads.
///
/// @param loc the location
///
/// @return `loc`.
///
/// # Safety
///
/// The caller keeps the location valid until it is popped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loc_push_restore(loc: NonNull<Location>) -> *mut Location {
    // SAFETY: the caller keeps the location valid until it is popped.
    unsafe { location::push("loc_push_restore", loc) };
    loc.as_ptr()
}

/// Puts `loc` on the stack of locations, without a location in it. It must stay
/// valid until `loc_pop()`.
///
/// @param loc the location
///
/// @return `loc`.
///
/// # Safety
///
/// The caller keeps the location valid until it is popped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loc_push_none(loc: NonNull<Location>) -> *mut Location {
    // SAFETY: the caller keeps the location valid until it is popped.
    unsafe { location::push_none("loc_push_none", loc) };
    loc.as_ptr()
}

/// Takes `loc`, which must be the one pushed last, off the stack.
///
/// @param loc the location
///
/// @return `loc`.
///
/// # Safety
///
/// The caller passes a valid location.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loc_pop(loc: NonNull<Location>) -> *mut Location {
    // SAFETY: the caller passes a valid location.
    unsafe { location::pop("loc_pop", loc) };
    loc.as_ptr()
}

/// Copies the current location to `loc`.
///
/// @param loc the location
///
/// @return `loc`.
///
/// # Safety
///
/// The caller passes a location to be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loc_save(loc: NonNull<Location>) -> *mut Location {
    // SAFETY: the caller passes a location to be written.
    unsafe { loc.write(location::saved()) };
    loc.as_ptr()
}

/// Makes the current location what `loc_save()` left in `loc`, which must not be
/// on the stack.
///
/// @param loc the location
///
/// # Safety
///
/// The caller passes a valid location.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loc_restore(loc: NonNull<Location>) {
    // SAFETY: the caller passes a valid location.
    location::restore("loc_restore", unsafe { loc.as_ref() });
}

/// Makes the current location none.
#[unsafe(no_mangle)]
pub extern "C" fn loc_set_none() {
    location::set_none();
}

/// Makes the current location the `cnt` words of the command line from
/// `argv[idx]` on. The words must stay valid while the location is in use.
///
/// @param argv the command line
/// @param idx the first word
/// @param cnt how many there are
///
/// # Safety
///
/// The caller passes an array that has the element `idx`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loc_set_cmdline(argv: *mut *mut c_char, idx: c_int, cnt: c_int) {
    // SAFETY: the caller passes an array that has the element `idx`.
    let words = unsafe { argv.offset(idx as isize) };
    location::set_command_line(words.cast_const().cast(), cnt);
}

/// Makes the current location line `lno` of the file `fname` (0: the file as a
/// whole). `fname` must stay valid while the location is in use; NULL changes
/// only the line of the current file.
///
/// @param fname (nullable): the file
/// @param lno the line, or 0
///
/// # Safety
///
/// `fname` is NULL or a C string that stays while the location is in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loc_set_file(fname: *const c_char, lno: c_int) {
    location::set_file("loc_set_file", fname, lno);
}

/// Names the program after the last part of the path `argv0`, and from now on
/// prints what GLib logs as reports. Debug and info messages are printed for the
/// domains in the environment variable `G_MESSAGES_DEBUG`, or all for `all`.
///
/// @param argv0 the path of the program
///
/// # Safety
///
/// The caller passes a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn error_init(argv0: *const c_char) {
    // SAFETY: the caller passes a C string.
    log::init(unsafe { CStr::from_ptr(argv0) });
}
