//! What is left of a transfer.

use libc::iovec;
use smallvec::SmallVec;

use super::{Buffers, BuffersMut};

/// A private copy of a caller's iovec array, from which what was transferred is
/// taken off at the front. It has no empty elements.
pub(crate) struct Window {
    // As many as any caller but a test uses, without touching the heap.
    elements: SmallVec<[iovec; 64]>,
    first: usize,
}

impl Window {
    /// Nothing.
    #[inline]
    pub(crate) fn new() -> Self {
        Self { elements: SmallVec::new(), first: 0 }
    }

    /// Appends elements, of which only the first `limit` bytes count.
    #[inline]
    pub(crate) fn extend(&mut self, elements: &[iovec], limit: usize) {
        let mut left = limit;
        for element in elements {
            if left == 0 {
                break;
            }
            let length = element.iov_len.min(left);
            if length > 0 {
                self.elements.push(iovec { iov_base: element.iov_base, iov_len: length });
            }
            left -= length;
        }
    }

    /// Appends one piece of memory to read into.
    #[inline]
    pub(crate) fn push_mut(&mut self, memory: &mut [u8]) {
        let iov_base = memory.as_mut_ptr().cast();
        self.extend(&[iovec { iov_base, iov_len: memory.len() }], usize::MAX);
    }

    /// The bytes that are left.
    #[inline]
    pub(crate) fn total(&self) -> usize {
        self.elements().iter().fold(0, |total, element| total.saturating_add(element.iov_len))
    }

    /// Appends one piece of memory to write from.
    #[inline]
    pub(crate) fn push(&mut self, memory: &[u8]) {
        let iov_base = memory.as_ptr().cast_mut().cast();
        self.extend(&[iovec { iov_base, iov_len: memory.len() }], usize::MAX);
    }

    /// The elements that are left.
    #[inline]
    pub(crate) fn elements(&self) -> &[iovec] {
        &self.elements[self.first..]
    }

    /// The elements that are left, to write from.
    ///
    /// # Safety
    ///
    /// They are readable while the result is used.
    #[inline]
    pub(crate) unsafe fn as_buffers(&self) -> Buffers<'_> {
        let elements = self.elements();
        // SAFETY: an array with its length; the rest is the caller's.
        unsafe { Buffers::from_raw(elements.as_ptr(), elements.len()) }
    }

    /// The elements that are left, to read into.
    ///
    /// # Safety
    ///
    /// They are writable while the result is used.
    #[inline]
    pub(crate) unsafe fn as_buffers_mut(&self) -> BuffersMut<'_> {
        let elements = self.elements();
        // SAFETY: an array with its length; the rest is the caller's.
        unsafe { BuffersMut::from_raw(elements.as_ptr(), elements.len()) }
    }

    /// Whether nothing is left.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first == self.elements.len()
    }

    /// Drops `count` bytes from the front; more than there are drops everything.
    #[inline]
    pub(crate) fn advance(&mut self, mut count: usize) {
        while let Some(element) = self.elements.get_mut(self.first) {
            if count < element.iov_len {
                element.iov_base = element.iov_base.wrapping_byte_add(count);
                element.iov_len -= count;
                return;
            }
            count -= element.iov_len;
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;

    fn elements(lengths: &[usize]) -> Vec<iovec> {
        lengths.iter().map(|&iov_len| iovec { iov_base: 0x1000 as *mut c_void, iov_len }).collect()
    }

    fn window(lengths: &[usize]) -> Window {
        let mut window = Window::new();
        window.extend(&elements(lengths), usize::MAX);
        window
    }

    fn lengths(window: &Window) -> Vec<usize> {
        window.elements().iter().map(|element| element.iov_len).collect()
    }

    #[test]
    fn empty_elements_are_dropped() {
        assert_eq!(lengths(&window(&[0, 3, 0, 4, 0])), [3, 4]);
        assert!(window(&[0, 0]).is_empty());
        assert!(window(&[]).is_empty());
    }

    #[test]
    fn a_limit_cuts_the_last_element() {
        let mut window = window(&[1]);
        window.extend(&elements(&[3, 4, 5]), 5);
        assert_eq!(lengths(&window), [1, 3, 2]);
        window.extend(&elements(&[3]), 0);
        assert_eq!(lengths(&window), [1, 3, 2]);
    }

    #[test]
    fn advancing_crosses_elements() {
        let mut rest = window(&[3, 4, 5]);
        rest.advance(5);
        assert_eq!(lengths(&rest), [2, 5]);
        assert_eq!(rest.elements()[0].iov_base as usize, 0x1002);
        rest.advance(2);
        assert_eq!(lengths(&rest), [5]);
    }

    #[test]
    fn advancing_too_far_ends_everything() {
        let mut rest = window(&[3, 4]);
        rest.advance(100);
        assert!(rest.is_empty());
    }
}
