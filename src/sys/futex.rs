//! Waiting for a word of memory to change.

use std::sync::atomic::AtomicU32;

use super::Errno;

/// Waits until somebody [`wake`]s the word, unless it does not hold `expected` any
/// more. May return early.
pub(crate) fn wait(word: &AtomicU32, expected: u32) {
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    let no_timeout = std::ptr::null::<libc::timespec>();
    let saved = Errno::last();
    // SAFETY: the word is alive; the kernel only reads it.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, expected, no_timeout) };
    saved.store();
}

/// Wakes one of those who wait for the word.
pub(crate) fn wake_one(word: &AtomicU32) {
    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the kernel only uses the address, which need not be alive any more.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, 1) };
}
