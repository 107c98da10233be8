//! Functions of `qemu/iov.h`.

use std::ffi::{c_int, c_uint, c_void};
use std::slice;

use libc::iovec;

use crate::runtime::util::iov;

/// The elements of a C array, which may be NULL if there are none.
///
/// # Safety
///
/// `array` has `count` elements for `'a`.
unsafe fn elements<'a>(array: *const iovec, count: c_uint) -> &'a [iovec] {
    if count == 0 {
        return &[];
    }
    // SAFETY: passed on to the caller.
    unsafe { slice::from_raw_parts(array, count as usize) }
}

/// As [`elements`], to be changed.
///
/// # Safety
///
/// `array` has `count` elements for `'a`, and nobody else uses them.
unsafe fn elements_mut<'a>(array: *mut iovec, count: c_uint) -> &'a mut [iovec] {
    if count == 0 {
        return &mut [];
    }
    // SAFETY: passed on to the caller.
    unsafe { slice::from_raw_parts_mut(array, count as usize) }
}

/// Returns the sum of the lengths of `iov_cnt` elements.
///
/// # Safety
///
/// The caller passes that many elements.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iov_size(iov: *const iovec, iov_cnt: c_uint) -> usize {
    // SAFETY: the caller passes that many elements.
    unsafe { elements(iov, iov_cnt) }.iter().map(|element| element.iov_len).sum()
}

/// Copies up to `bytes` bytes from `buf` to the memory of `iov`, `offset` bytes in.
/// Returns the bytes copied. `offset` must not be behind the end.
///
/// # Safety
///
/// The caller passes valid memory that does not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iov_from_buf_full(
    iov: *const iovec,
    iov_cnt: c_uint,
    offset: usize,
    buf: *const c_void,
    bytes: usize,
) -> usize {
    // SAFETY: the caller passes valid memory that does not overlap.
    unsafe { iov::scatter(elements(iov, iov_cnt), offset, buf, bytes) }
}

/// Copies up to `bytes` bytes from the memory of `iov`, `offset` bytes in, to
/// `buf`. Returns the bytes copied. `offset` must not be behind the end.
///
/// # Safety
///
/// The caller passes valid memory that does not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iov_to_buf_full(
    iov: *const iovec,
    iov_cnt: c_uint,
    offset: usize,
    buf: *mut c_void,
    bytes: usize,
) -> usize {
    // SAFETY: the caller passes valid memory that does not overlap.
    unsafe { iov::gather(elements(iov, iov_cnt), offset, buf, bytes) }
}

/// Sets up to `bytes` bytes of the memory of `iov`, `offset` bytes in, to `fillc`.
/// Returns the bytes set. `offset` must not be behind the end.
///
/// # Safety
///
/// The caller passes writable memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iov_memset(
    iov: *const iovec,
    iov_cnt: c_uint,
    offset: usize,
    fillc: c_int,
    bytes: usize,
) -> usize {
    // SAFETY: the caller passes writable memory. As for memset(), the lowest byte
    // of the int counts.
    unsafe { iov::fill(elements(iov, iov_cnt), offset, fillc as u8, bytes) }
}

/// Describes `bytes` bytes of the memory of `iov`, `offset` bytes in, with up to
/// `dst_iov_cnt` elements of `dst_iov`. Returns the elements used. Copies no data.
///
/// # Safety
///
/// The caller passes two arrays that do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iov_copy(
    dst_iov: *mut iovec,
    dst_iov_cnt: c_uint,
    iov: *const iovec,
    iov_cnt: c_uint,
    offset: usize,
    bytes: usize,
) -> c_uint {
    // SAFETY: the caller passes two arrays that do not overlap.
    unsafe {
        let target = elements_mut(dst_iov, dst_iov_cnt);
        iov::describe(target, elements(iov, iov_cnt), offset, bytes) as c_uint
    }
}

/// Takes `bytes` bytes away from the front of `*iov`: moves `*iov` on, lowers
/// `*iov_cnt`, and shortens the first element that is left. Returns the bytes
/// taken away; fewer if there are no more.
///
/// # Safety
///
/// The caller passes that many elements, to be changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iov_discard_front(
    iov: &mut *mut iovec,
    iov_cnt: &mut c_uint,
    bytes: usize,
) -> usize {
    // SAFETY: the caller passes that many elements, to be changed.
    let elements = unsafe { elements_mut(*iov, *iov_cnt) };
    let (whole, part, total) = iov::split_front(elements, bytes);
    if let Some(first) = elements.get_mut(whole) {
        // SAFETY: the part is shorter than the element.
        first.iov_base = unsafe { first.iov_base.byte_add(part) };
        first.iov_len -= part;
    }
    *iov = iov.wrapping_add(whole);
    *iov_cnt -= whole as c_uint;
    total
}

/// Takes `bytes` bytes away from the end of `iov`: lowers `*iov_cnt` and shortens
/// the last element that is left. Returns the bytes taken away; fewer if there
/// are no more.
///
/// # Safety
///
/// The caller passes that many elements, to be changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn iov_discard_back(
    iov: *mut iovec,
    iov_cnt: &mut c_uint,
    bytes: usize,
) -> usize {
    let mut rest = bytes;
    // SAFETY: the caller passes that many elements, to be changed.
    for element in unsafe { elements_mut(iov, *iov_cnt) }.iter_mut().rev() {
        if element.iov_len > rest {
            element.iov_len -= rest;
            return bytes;
        }
        rest -= element.iov_len;
        *iov_cnt -= 1;
    }
    bytes - rest
}
