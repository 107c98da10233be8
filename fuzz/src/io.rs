//! Reading and writing with checks of what every channel promises.

use std::ffi::c_int;

use libc::iovec;
use qiochannel::abi::io::channel::{QIO_CHANNEL_ERR_BLOCK, QIOChannel};
use qiochannel::capi::io::channel::{qio_channel_readv_full, qio_channel_writev_full};

use crate::input::Input;
use crate::object::call;

/// The lengths of up to four buffers, `scale` bytes times up to 255 each.
pub fn lengths(input: &mut Input<'_>, scale: usize) -> Vec<usize> {
    let count = input.below(5);
    (0..count).map(|_| scale * usize::from(input.byte())).collect()
}

/// What became of a read or a write.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many bytes, maybe none.
    Done(usize),
    /// Not now.
    WouldBlock,
    /// The message.
    Failed(String),
}

impl Outcome {
    fn of((result, message): (isize, Option<String>), total: usize) -> Self {
        match (result, message) {
            (QIO_CHANNEL_ERR_BLOCK, None) => Self::WouldBlock,
            (-1, Some(message)) => Self::Failed(message),
            (count, None) if (0..=total.cast_signed()).contains(&count) => {
                Self::Done(count.cast_unsigned())
            }
            other => panic!("of {total} bytes, {other:?}"),
        }
    }
}

/// Reads once into buffers of these lengths. What was read, and the outcome. Descriptors
/// that came along are put into `descriptors`, if the channel is to be asked for any.
///
/// # Safety
///
/// `channel` is alive, and nobody else reads from it.
pub unsafe fn read(
    channel: *mut QIOChannel,
    lengths: &[usize],
    descriptors: Option<&mut Vec<c_int>>,
) -> (Vec<u8>, Outcome) {
    let mut buffers: Vec<Vec<u8>> = lengths.iter().map(|length| vec![0xee; *length]).collect();
    let elements: Vec<iovec> = buffers.iter_mut().map(|buffer| element(buffer)).collect();
    let (mut array, mut count) = (std::ptr::null_mut(), 0);
    let (array_at, count_at) = match descriptors {
        Some(_) => (&raw mut array, &raw mut count),
        None => (std::ptr::null_mut(), std::ptr::null_mut()),
    };
    // SAFETY: the elements are over the buffers; the rest is passed on to the caller.
    let result = call(|errp| unsafe {
        let (elements, number) = (elements.as_ptr(), elements.len());
        qio_channel_readv_full(channel, elements, number, array_at, count_at, errp)
    });
    let outcome = Outcome::of(result, lengths.iter().sum());
    assert!(array.is_null() == (count == 0), "{count} descriptors");
    assert!(count == 0 || matches!(outcome, Outcome::Done(_)), "{outcome:?} with descriptors");
    if let Some(descriptors) = descriptors {
        // SAFETY: the array has so many elements, and is the caller's.
        unsafe {
            descriptors.extend((0..count).map(|index| *array.add(index)));
            glib_sys::g_free(array.cast());
        }
    }
    let mut bytes = buffers.concat();
    bytes.truncate(if let Outcome::Done(count) = outcome { count } else { 0 });
    (bytes, outcome)
}

/// Writes `data` once, in buffers of these lengths.
///
/// # Safety
///
/// `channel` is alive, and nobody else writes to it.
pub unsafe fn write(
    channel: *mut QIOChannel,
    data: &[u8],
    lengths: &[usize],
    descriptors: &[c_int],
) -> Outcome {
    let mut rest = data;
    let mut buffers: Vec<Vec<u8>> = Vec::new();
    for length in lengths {
        let (now, later) = rest.split_at((*length).min(rest.len()));
        buffers.push(now.to_vec());
        rest = later;
    }
    let total = data.len() - rest.len();
    let elements: Vec<iovec> = buffers.iter_mut().map(|buffer| element(buffer)).collect();
    let fds = if descriptors.is_empty() { std::ptr::null() } else { descriptors.as_ptr() };
    // SAFETY: the elements are over the buffers, and descriptors are only read; the rest
    // is passed on to the caller.
    let result = call(|errp| unsafe {
        let (elements, number) = (elements.as_ptr(), elements.len());
        let fds = fds.cast_mut();
        qio_channel_writev_full(channel, elements, number, fds, descriptors.len(), 0, errp)
    });
    Outcome::of(result, total)
}

fn element(buffer: &mut [u8]) -> iovec {
    iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() }
}

/// Two ends of a Unix connection that never block.
///
/// # Panics
///
/// There are too many descriptors.
#[must_use]
pub fn socket_pair() -> [c_int; 2] {
    let mut pair = [-1; 2];
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: room for two descriptors.
    let status = unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, pair.as_mut_ptr()) };
    assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
    pair
}
