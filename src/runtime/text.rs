//! Strings from GLib's allocator.

use std::ffi::{CStr, c_char};
use std::fmt::Display;
use std::ops::Deref;
use std::ptr::NonNull;

use glib_sys::{g_free, g_malloc};

/// An owned C string that came from, or may go to, a C caller who frees it with
/// `g_free()`.
#[derive(Debug)]
pub(crate) struct Text(NonNull<c_char>);

// SAFETY: a `Text` owns plain memory, and GLib's allocator serves every thread.
unsafe impl Send for Text {}

/// `text` for a message, whatever its encoding.
pub(crate) fn shown(text: &CStr) -> impl Display {
    text.to_string_lossy().into_owned()
}

impl Text {
    /// Takes over a string.
    ///
    /// # Safety
    ///
    /// `raw` is a NUL-terminated string from `g_malloc()` that nobody else uses.
    pub(crate) unsafe fn from_raw(raw: NonNull<c_char>) -> Self {
        Self(raw)
    }

    /// The strings `parts`, one after the other.
    pub(crate) fn join(parts: &[&CStr]) -> Self {
        let length: usize = parts.iter().map(|part| part.count_bytes()).sum();
        // SAFETY: g_malloc() ends the process rather than return NULL for a size
        // that is not 0.
        let raw = unsafe { NonNull::new_unchecked(g_malloc(length + 1).cast::<c_char>()) };
        let mut end = raw;
        for part in parts {
            let count = part.count_bytes();
            // SAFETY: the lengths of all parts and a NUL were allocated, so the
            // copy and the next end stay inside; the memory is new, so no overlap.
            unsafe {
                end.copy_from_nonoverlapping(NonNull::from(*part).cast(), count);
                end = end.add(count);
            }
        }
        // SAFETY: the last allocated byte.
        unsafe { end.write(0) };
        Self(raw)
    }

    /// A copy of `text`.
    pub(crate) fn copy(text: &CStr) -> Self {
        Self::join(&[text])
    }
}

impl Deref for Text {
    type Target = CStr;

    fn deref(&self) -> &CStr {
        // SAFETY: `from_raw` vouches for it, `join` terminated it.
        unsafe { CStr::from_ptr(self.0.as_ptr()) }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // SAFETY: this value owns the memory.
        unsafe { g_free(self.0.as_ptr().cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_in_order() {
        assert_eq!(&*Text::join(&[c"ab", c"", c"c"]), c"abc");
        assert_eq!(&*Text::join(&[]), c"");
    }
}
