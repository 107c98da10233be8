//! Functions of `qemu/cutils.h`.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

/// Copies as much of `str` as fits to the `buf_size` bytes at `buf`, and a NUL.
/// Does nothing if `buf_size` is not positive.
///
/// # Safety
///
/// The caller passes a C string, and memory for `room` bytes and a NUL that
/// does not overlap it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pstrcpy(buf: *mut c_char, buf_size: c_int, str: *const c_char) {
    let Some(room) = usize::try_from(buf_size).ok().and_then(|size| size.checked_sub(1)) else {
        return;
    };
    // SAFETY: the caller passes a C string, and memory for `room` bytes and a NUL
    // that does not overlap it.
    unsafe {
        let count = CStr::from_ptr(str).count_bytes().min(room);
        ptr::copy_nonoverlapping(str, buf, count);
        buf.add(count).write(0);
    }
}

/// Appends as much of `s` as fits to the C string in the `buf_size` bytes at
/// `buf`. Returns `buf`.
///
/// # Safety
///
/// The caller passes C strings and the size of the memory at `buf`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pstrcat(
    buf: *mut c_char,
    buf_size: c_int,
    s: *const c_char,
) -> *mut c_char {
    // SAFETY: the caller passes C strings and the size of the memory at `buf`.
    unsafe {
        let used = CStr::from_ptr(buf).count_bytes();
        if let Ok(used) = c_int::try_from(used) {
            pstrcpy(buf.add(used as usize), buf_size.saturating_sub(used), s);
        }
    }
    buf
}
