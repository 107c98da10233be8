//! What is left of a caller's buffers.

use libc::iovec;

use crate::sys::{Buffers, Window};

/// The elements that were not transferred yet; none of them is empty.
///
/// The caller's own array as long as it says just that, which it does when
/// everything goes at once; from then on a copy of the rest.
#[expect(clippy::large_enum_variant, reason = "it stays on the stack of one call")]
pub(super) enum Remaining<'a> {
    /// The end of the caller's array.
    Whole {
        /// The elements.
        elements: &'a [iovec],
        /// How many bytes they have together: most of the time all go at once, and then
        /// nobody needs to look at them again.
        total: usize,
    },
    /// A copy.
    Cut(Window),
}

impl Remaining<'_> {
    /// All of `array`.
    ///
    /// # Safety
    ///
    /// `array` has `count` elements, for as long as the result is used.
    #[inline]
    pub(super) unsafe fn from_raw(array: *const iovec, count: usize) -> Self {
        // SAFETY: passed on to the caller.
        let elements = unsafe { Buffers::from_raw(array, count) }.elements();
        let mut total = 0_usize;
        for element in elements {
            if element.iov_len == 0 {
                return Self::copy_of(elements);
            }
            total = total.saturating_add(element.iov_len);
        }
        Self::Whole { elements, total }
    }

    #[cold]
    fn copy_of(elements: &[iovec]) -> Self {
        let mut window = Window::new();
        window.extend(elements, usize::MAX);
        Self::Cut(window)
    }

    /// The elements.
    #[inline]
    pub(super) fn elements(&self) -> &[iovec] {
        match self {
            Self::Whole { elements, .. } => elements,
            Self::Cut(window) => window.elements(),
        }
    }

    /// Whether nothing is left.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.elements().is_empty()
    }

    /// Drops `count` bytes from the front; more than there are drops everything.
    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        match self {
            Self::Whole { elements, total } if count == *total => *elements = &[],
            _ => self.advance_partly(count),
        }
    }

    #[cold]
    fn advance_partly(&mut self, count: usize) {
        match self {
            Self::Whole { elements, total } => match after(elements, count) {
                Ok(rest) => {
                    *elements = rest;
                    *total = total.saturating_sub(count);
                }
                Err((rest, cut)) => {
                    *self = Self::copy_of(rest);
                    self.advance(cut);
                }
            },
            Self::Cut(window) => window.advance(count),
        }
    }
}

/// The elements behind the first `count` bytes. If that is inside of one, the error
/// has that element and all that follow, and how much of it to drop.
fn after(mut elements: &[iovec], mut count: usize) -> Result<&[iovec], (&[iovec], usize)> {
    while let [first, rest @ ..] = elements {
        if count == 0 {
            break;
        }
        if count < first.iov_len {
            return Err((elements, count));
        }
        count -= first.iov_len;
        elements = rest;
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(lengths: &[usize]) -> Vec<iovec> {
        let at = |iov_len| iovec { iov_base: std::ptr::without_provenance_mut(0x1000), iov_len };
        lengths.iter().copied().map(at).collect()
    }

    fn remaining(array: &[iovec]) -> Remaining<'_> {
        // SAFETY: an array with its length.
        unsafe { Remaining::from_raw(array.as_ptr(), array.len()) }
    }

    fn lengths(remaining: &Remaining<'_>) -> Vec<usize> {
        remaining.elements().iter().map(|element| element.iov_len).collect()
    }

    #[test]
    fn whole_elements_are_dropped_without_a_copy() {
        let array = array(&[3, 4, 5]);
        let mut rest = remaining(&array);
        rest.advance(7);
        assert_eq!(lengths(&rest), [5]);
        assert_eq!(rest.elements().as_ptr(), &raw const array[2]);
        rest.advance(5);
        assert!(rest.is_empty());
    }

    #[test]
    fn a_cut_element_leaves_the_callers_array_alone() {
        let array = array(&[3, 4, 5]);
        let mut rest = remaining(&array);
        rest.advance(5);
        assert_eq!(lengths(&rest), [2, 5]);
        assert_eq!(rest.elements()[0].iov_base.addr(), 0x1002);
        rest.advance(2);
        assert_eq!(lengths(&rest), [5]);
        assert_eq!(array[1].iov_len, 4);
    }

    #[test]
    fn empty_elements_are_left_out() {
        assert_eq!(lengths(&remaining(&array(&[0, 3, 0, 4]))), [3, 4]);
        assert!(remaining(&array(&[0, 0])).is_empty());
        assert!(remaining(&[]).is_empty());
    }

    #[test]
    fn nothing_transferred_drops_nothing() {
        let array = array(&[3]);
        let mut rest = remaining(&array);
        rest.advance(0);
        assert_eq!(lengths(&rest), [3]);
    }

    #[test]
    fn advancing_too_far_ends_everything() {
        let array = array(&[3, 4]);
        let mut rest = remaining(&array);
        rest.advance(100);
        assert!(rest.is_empty());
    }
}
