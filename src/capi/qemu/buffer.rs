//! Functions of `qemu/buffer.h`.

use std::ffi::c_void;

use crate::abi::qemu::buffer::Buffer;

/// Makes room for `len` bytes behind those in `buffer`.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_reserve(buffer: &mut Buffer, len: usize) {
    buffer.reserve(len);
}

/// Gives memory back if far less than `buffer` has was in use for a long time.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_shrink(buffer: &mut Buffer) {
    buffer.shrink();
}

/// Drops all bytes of `buffer`.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_reset(buffer: &mut Buffer) {
    buffer.offset = 0;
    buffer.shrink();
}

/// Frees the memory and the name of `buffer`, which is all zeros then.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_free(buffer: &mut Buffer) {
    buffer.release();
}

/// Copies `len` bytes from `data` behind those in `buffer`, making room for them.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses; `data` is readable for
/// `len` bytes, which are not memory of the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_append(buffer: &mut Buffer, data: *const c_void, len: usize) {
    // SAFETY: the caller passes readable memory that is not the buffer's.
    unsafe { buffer.append(data.cast(), len) };
}

/// Drops the first `len` bytes of `buffer`, which has that many.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_advance(buffer: &mut Buffer, len: usize) {
    buffer.advance(len);
}

/// Returns where the bytes in `buffer` end: memory from `buffer_reserve()` starts
/// there. NULL if there is no memory yet.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_end(buffer: &mut Buffer) -> *mut u8 {
    buffer.end()
}

/// Returns whether `buffer` has no bytes.
///
/// # Safety
///
/// `buffer` is a valid buffer that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_empty(buffer: &mut Buffer) -> bool {
    buffer.offset == 0
}

/// Moves the bytes of `from` to `to`, which has none, without copying.
///
/// # Safety
///
/// The buffers are valid and different, and nobody else uses them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_move_empty(to: &mut Buffer, from: &mut Buffer) {
    from.move_to_empty(to);
}

/// Moves the bytes of `from` behind those of `to`.
///
/// # Safety
///
/// The buffers are valid and different, and nobody else uses them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn buffer_move(to: &mut Buffer, from: &mut Buffer) {
    from.move_to(to);
}
