//! Arithmetic on arrays of `iovec`.
//!
//! The memory is C's and may overlap or be uninitialised, so it is copied through
//! raw pointers and never seen as Rust slices of bytes.

use std::ffi::c_void;

use libc::iovec;

/// Calls `visit` with the memory of `elements` from `offset` on, piece by piece,
/// until `bytes` were visited. Returns how many were.
///
/// # Safety
///
/// The lengths of the elements are right.
unsafe fn for_each_piece(
    function: &str,
    elements: &[iovec],
    mut offset: usize,
    bytes: usize,
    mut visit: impl FnMut(*mut c_void, usize),
) -> usize {
    let mut done = 0;
    for element in elements {
        if offset >= element.iov_len {
            offset -= element.iov_len;
            continue;
        }
        if done == bytes {
            break;
        }
        let length = (element.iov_len - offset).min(bytes - done);
        // SAFETY: the offset is inside the element.
        visit(unsafe { element.iov_base.byte_add(offset) }, length);
        done += length;
        offset = 0;
    }
    // An offset of an element that was not needed stays; so test the whole.
    let reached = done > 0 || offset == 0 || bytes == 0;
    ensure!(reached, "{function}: the offset is behind the end");
    done
}

/// Copies from `elements`, `offset` bytes in, to `target`. Returns the bytes copied.
///
/// # Safety
///
/// The elements are readable, and `target` writable for `bytes`; no overlap.
pub(crate) unsafe fn gather(
    elements: &[iovec],
    offset: usize,
    target: *mut c_void,
    bytes: usize,
) -> usize {
    let mut target = target;
    let copy = |piece: *mut c_void, length| {
        // SAFETY: passed on to the caller; the pieces add up to at most `bytes`.
        unsafe {
            target.cast::<u8>().copy_from_nonoverlapping(piece.cast(), length);
            target = target.byte_add(length);
        }
    };
    // SAFETY: passed on to the caller.
    unsafe { for_each_piece("iov_to_buf", elements, offset, bytes, copy) }
}

/// Copies from `source` to `elements`, `offset` bytes in. Returns the bytes copied.
///
/// # Safety
///
/// The elements are writable, and `source` readable for `bytes`; no overlap.
pub(crate) unsafe fn scatter(
    elements: &[iovec],
    offset: usize,
    source: *const c_void,
    bytes: usize,
) -> usize {
    let mut source = source;
    let copy = |piece: *mut c_void, length| {
        // SAFETY: passed on to the caller; the pieces add up to at most `bytes`.
        unsafe {
            piece.cast::<u8>().copy_from_nonoverlapping(source.cast(), length);
            source = source.byte_add(length);
        }
    };
    // SAFETY: passed on to the caller.
    unsafe { for_each_piece("iov_from_buf", elements, offset, bytes, copy) }
}

/// Fills `bytes` of `elements`, `offset` bytes in. Returns the bytes filled.
///
/// # Safety
///
/// The elements are writable.
pub(crate) unsafe fn fill(elements: &[iovec], offset: usize, byte: u8, bytes: usize) -> usize {
    let write = |piece: *mut c_void, length| {
        // SAFETY: passed on to the caller.
        unsafe { piece.cast::<u8>().write_bytes(byte, length) };
    };
    // SAFETY: passed on to the caller.
    unsafe { for_each_piece("iov_memset", elements, offset, bytes, write) }
}

/// Describes `bytes` of `elements`, `offset` bytes in, with the elements of
/// `target`; stops when those are used up. Returns how many were used.
///
/// # Safety
///
/// The lengths of the elements are right.
pub(crate) unsafe fn describe(
    target: &mut [iovec],
    elements: &[iovec],
    offset: usize,
    bytes: usize,
) -> usize {
    let mut rest = target.iter_mut();
    let mut used = 0;
    let add = |piece, length| {
        if let Some(element) = rest.next() {
            *element = iovec { iov_base: piece, iov_len: length };
            used += 1;
        }
    };
    // SAFETY: passed on to the caller.
    unsafe { for_each_piece("iov_copy", elements, offset, bytes, add) };
    used
}

/// How many whole elements at the front, and how many bytes of the next one, make
/// up the first `bytes`; and how many bytes that really is.
pub(crate) fn split_front(elements: &[iovec], bytes: usize) -> (usize, usize, usize) {
    let mut rest = bytes;
    for (index, element) in elements.iter().enumerate() {
        if element.iov_len > rest {
            return (index, rest, bytes);
        }
        rest -= element.iov_len;
    }
    (elements.len(), 0, bytes - rest)
}
