//! The caller's buffers into records.
//!
//! A record takes up to 16 KiB. Smaller elements are gathered, so that a vector of
//! many does not become as many records; larger ones are sent from where they are.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use libc::iovec;

use super::QIOChannelTLS;
use super::cold::{self, Direction};
use super::read::failure;
use super::state::Guard;
use crate::channel::{Failure, Transfer};
use crate::host::tls::Session;
use crate::sys::{Buffers, Errno};

/// The most that one record carries.
const RECORD: usize = 16384;

const MESSAGE: &str = "Cannot write to TLS channel";

/// What is still to be sent of a vector.
struct Cursor<'a> {
    elements: &'a [iovec],
    /// Bytes of the first element that were sent.
    offset: usize,
}

impl Cursor<'_> {
    /// Drops elements that have nothing left, and returns what is left of the first.
    fn front(&mut self) -> Option<(*const c_void, usize)> {
        while let Some(element) = self.elements.first() {
            if self.offset < element.iov_len {
                let data = element.iov_base.wrapping_byte_add(self.offset).cast_const();
                return Some((data, element.iov_len - self.offset));
            }
            self.elements = &self.elements[1..];
            self.offset = 0;
        }
        None
    }

    /// Whether only the first element has something left.
    fn is_last(&self) -> bool {
        self.elements.iter().skip(1).all(|element| element.iov_len == 0)
    }

    /// Skips up to `count` bytes. Returns how many there were.
    fn advance(&mut self, count: usize) -> usize {
        let mut left = count;
        while left > 0
            && let Some((_, length)) = self.front()
        {
            let now = left.min(length);
            self.offset += now;
            left -= now;
        }
        count - left
    }

    /// Copies what fits into one record.
    fn gather(&self, record: &mut [MaybeUninit<u8>; RECORD]) -> usize {
        let mut filled = 0;
        let mut offset = self.offset;
        for element in self.elements {
            let length = (element.iov_len - offset).min(RECORD - filled);
            if length > 0 {
                let from = element.iov_base.wrapping_byte_add(offset).cast();
                let to = record[filled..].as_mut_ptr();
                // SAFETY: the element is readable, and the record, which is on
                // the stack, has room for `length` bytes more.
                unsafe { to.copy_from_nonoverlapping(from, length) };
            }
            filled += length;
            offset = 0;
            if filled == RECORD {
                break;
            }
        }
        filled
    }
}

impl QIOChannelTLS {
    /// Writes as much as the transport takes.
    pub(super) fn write_records(&self, buffers: Buffers<'_>) -> Transfer {
        let mut cursor = Cursor { elements: buffers.elements(), offset: 0 };
        if cursor.front().is_none() {
            return Ok(0);
        }
        let session = self.session()?;
        let guard = self.state().lock();
        let mut sent = take_credit(&guard, &mut cursor);
        while let Some((data, length)) = cursor.front() {
            let (offered, result) = if length >= RECORD || cursor.is_last() {
                // SAFETY: the element is readable.
                (length, unsafe { send(session, data, length) })
            } else {
                send_gathered(session, &cursor)
            };
            match result {
                Ok(count) if count > 0 => {
                    let advanced = cursor.advance(count);
                    sent += advanced;
                    guard.set_credit(count - advanced);
                    if count < offered {
                        break;
                    }
                }
                Err(errno) if errno.is_would_block() => {
                    return if sent > 0 { Ok(sent) } else { Err(Failure::WouldBlock) };
                }
                // A session that took nothing, or failed, is of no use any more.
                Ok(_) => return self.write_failed(Errno::new(libc::EIO)),
                Err(errno) => return self.write_failed(errno),
            }
        }
        Ok(sent)
    }

    #[cold]
    fn write_failed(&self, errno: Errno) -> Transfer {
        let cause = cold::take_failure(self, Direction::Write);
        Err(failure(MESSAGE, errno, cause).into())
    }
}

/// Skips bytes that were sent before they were offered: a record that was queued
/// while the transport was blocked is sent whole, even if fewer bytes are offered
/// the next time.
fn take_credit(guard: &Guard<'_>, cursor: &mut Cursor<'_>) -> usize {
    let credit = guard.credit();
    if credit == 0 {
        return 0;
    }
    let skipped = cursor.advance(credit);
    guard.set_credit(credit - skipped);
    skipped
}

/// Sends one record made of several elements. Returns how long it is, too.
#[inline(never)]
fn send_gathered(session: Session, cursor: &Cursor<'_>) -> (usize, Result<usize, Errno>) {
    let mut record = [const { MaybeUninit::uninit() }; RECORD];
    let length = cursor.gather(&mut record);
    // SAFETY: `gather` has filled in so many bytes.
    (length, unsafe { send(session, record.as_ptr().cast(), length) })
}

/// Calls the session.
///
/// # Safety
///
/// `data` is readable for `length` bytes.
#[inline]
unsafe fn send(session: Session, data: *const c_void, length: usize) -> Result<usize, Errno> {
    loop {
        // SAFETY: passed on to the caller.
        match unsafe { session.write(data, length) } {
            Err(errno) if errno.get() == libc::EINTR => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_walked_across_empty_elements() {
        let text = b"abcdef";
        let element = |range: std::ops::Range<usize>| iovec {
            iov_base: text[range.clone()].as_ptr().cast_mut().cast(),
            iov_len: range.len(),
        };
        let elements = [element(0..0), element(0..2), element(2..2), element(2..6), element(6..6)];
        let mut cursor = Cursor { elements: &elements, offset: 0 };
        assert_eq!(cursor.front().map(|(_, length)| length), Some(2));
        assert!(!cursor.is_last());
        assert_eq!(cursor.advance(3), 3);
        assert_eq!(cursor.front().map(|(_, length)| length), Some(3));
        assert!(cursor.is_last());
        let mut record = [const { MaybeUninit::uninit() }; RECORD];
        assert_eq!(cursor.gather(&mut record), 3);
        // SAFETY: three bytes were gathered.
        assert_eq!(unsafe { record[0].assume_init() }, b'd');
        assert_eq!(cursor.advance(9), 3);
        assert!(cursor.front().is_none());
    }
}
