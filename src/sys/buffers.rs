//! The iovec arrays of callers.
//!
//! Not `IoSlice`: the memory belongs to C, may be uninitialised, and elements
//! may overlap, so no Rust slice of bytes is ever formed over it here.

use std::marker::PhantomData;

use libc::iovec;

/// The most elements one system call takes.
pub(crate) const IOV_MAX: usize = libc::UIO_MAXIOV as usize;

/// Memory to write from: readable for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Buffers<'a> {
    elements: &'a [iovec],
}

/// Memory to read into: writable for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct BuffersMut<'a> {
    elements: &'a [iovec],
    _writable: PhantomData<&'a mut [u8]>,
}

/// The slice for a C array that may be NULL when it is empty.
unsafe fn elements<'a>(array: *const iovec, count: usize) -> &'a [iovec] {
    if count == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for `count` elements at `array`.
    unsafe { std::slice::from_raw_parts(array, count) }
}

/// The sum of all lengths; `None` if it does not fit an `ssize_t`.
fn total(elements: &[iovec]) -> Option<usize> {
    let sum = elements.iter().try_fold(0usize, |sum, element| sum.checked_add(element.iov_len));
    sum.filter(|&sum| sum <= isize::MAX as usize)
}

/// As many elements as a system call takes. Of more than that, they start with the
/// first one that is not empty: a call that could transfer nothing would look like
/// an end of file.
#[inline]
fn for_one_call(elements: &[iovec]) -> &[iovec] {
    if elements.len() <= IOV_MAX {
        return elements;
    }
    let first = elements.iter().position(|element| element.iov_len > 0).unwrap_or(0);
    let rest = &elements[first..];
    &rest[..rest.len().min(IOV_MAX)]
}

impl<'a> Buffers<'a> {
    /// The buffers of a C caller.
    ///
    /// # Safety
    ///
    /// `array` has `count` elements, each readable for its length, for `'a`.
    pub(crate) unsafe fn from_raw(array: *const iovec, count: usize) -> Self {
        // SAFETY: passed on to the caller.
        Self { elements: unsafe { elements(array, count) } }
    }

    /// The elements.
    pub(crate) fn elements(self) -> &'a [iovec] {
        self.elements
    }

    /// The sum of all lengths; `None` if it does not fit an `ssize_t`.
    pub(crate) fn total(self) -> Option<usize> {
        total(self.elements)
    }

    /// Appends all the bytes to `bytes`.
    pub(crate) fn append_to(self, bytes: &mut Vec<u8>) {
        for element in self.elements.iter().filter(|element| element.iov_len > 0) {
            bytes.reserve(element.iov_len);
            let length = bytes.len();
            // SAFETY: the element is readable, the vector has room for it behind its
            // length, and a vector of ours is not part of a caller's memory.
            unsafe {
                let end = bytes.as_mut_ptr().add(length);
                std::ptr::copy_nonoverlapping(element.iov_base.cast(), end, element.iov_len);
                bytes.set_len(length + element.iov_len);
            }
        }
    }

    /// The elements that one system call may take.
    #[inline]
    pub(crate) fn for_one_call(self) -> &'a [iovec] {
        for_one_call(self.elements)
    }
}

impl<'a> BuffersMut<'a> {
    /// The buffers of a C caller.
    ///
    /// # Safety
    ///
    /// `array` has `count` elements, each writable for its length, for `'a`.
    pub(crate) unsafe fn from_raw(array: *const iovec, count: usize) -> Self {
        // SAFETY: passed on to the caller.
        Self { elements: unsafe { elements(array, count) }, _writable: PhantomData }
    }

    /// The elements.
    pub(crate) fn elements(self) -> &'a [iovec] {
        self.elements
    }

    /// The elements that one system call may take.
    #[inline]
    pub(crate) fn for_one_call(self) -> &'a [iovec] {
        for_one_call(self.elements)
    }

    /// Copies `data` to the front, across elements. Returns the bytes that fit.
    pub(crate) fn fill(self, data: &[u8]) -> usize {
        let mut rest = data;
        for element in self.elements {
            let (now, later) = rest.split_at(rest.len().min(element.iov_len));
            // SAFETY: the element is writable for its length, which `now` does
            // not exceed; `data` is a Rust slice, so it does not overlap memory
            // that a caller may have us write.
            unsafe {
                std::ptr::copy_nonoverlapping(now.as_ptr(), element.iov_base.cast(), now.len());
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        data.len() - rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(iov_len: usize) -> iovec {
        iovec { iov_base: std::ptr::null_mut(), iov_len }
    }

    #[test]
    fn one_call_takes_no_more_than_the_kernel_does() {
        assert_eq!(for_one_call(&vec![element(1); 2000]).len(), IOV_MAX);
        assert_eq!(for_one_call(&vec![element(1); IOV_MAX]).len(), IOV_MAX);
        assert!(for_one_call(&[]).is_empty());
    }

    #[test]
    fn one_call_never_consists_of_empty_elements_alone() {
        let mut elements = vec![element(0); 2000];
        elements[1500].iov_len = 7;
        assert_eq!(for_one_call(&elements)[0].iov_len, 7);
    }

    #[test]
    fn totals_are_checked() {
        assert_eq!(total(&[element(2), element(3)]), Some(5));
        assert_eq!(total(&[element(usize::MAX), element(2)]), None);
        assert_eq!(total(&[element(isize::MAX as usize), element(1)]), None);
    }
}
