//! Waiting for descriptors.

use std::ffi::c_int;
use std::ptr;

use libc::{epoll_event, pollfd, timespec};

use super::errno::{Errno, retry};

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;
const NANOSECONDS_PER_MILLISECOND: i64 = 1_000_000;

/// A descriptor of the library's own; closed when dropped.
#[derive(Debug)]
pub(crate) struct Descriptor(c_int);

impl Descriptor {
    fn new(result: c_int) -> Result<Self, Errno> {
        if result < 0 { Err(Errno::last()) } else { Ok(Self(result)) }
    }

    /// eventfd(2): non-blocking and close-on-exec.
    pub(crate) fn event(initial: u32) -> Result<Self, Errno> {
        // SAFETY: touches no memory.
        Self::new(unsafe { libc::eventfd(initial, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })
    }

    /// epoll_create1(2): close-on-exec.
    pub(crate) fn epoll() -> Result<Self, Errno> {
        // SAFETY: touches no memory.
        Self::new(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })
    }

    /// The number.
    pub(crate) fn number(&self) -> c_int {
        self.0
    }

    /// Gives the number up to the caller.
    pub(crate) fn into_number(self) -> c_int {
        let number = self.0;
        std::mem::forget(self);
        number
    }

    /// dup3(2): makes this number refer to what `other` refers to.
    pub(crate) fn replace_by(&self, other: &Self) -> Result<(), Errno> {
        // SAFETY: touches no memory; both numbers are the library's own.
        retry(|| unsafe { libc::dup3(other.0, self.0, libc::O_CLOEXEC) } as isize).map(|_| ())
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: this value owns the number.
        unsafe { libc::close(self.0) };
    }
}

/// Makes the eventfd `fd` readable. It already being so is a success.
pub(crate) fn signal(fd: c_int) -> Result<(), Errno> {
    let one = 1u64;
    // SAFETY: eight bytes are readable at `one`.
    match retry(|| unsafe { libc::write(fd, (&raw const one).cast(), 8) }) {
        Err(errno) if !errno.is_would_block() => Err(errno),
        _ => Ok(()),
    }
}

/// Makes the eventfd `fd` unreadable. True if it was readable.
pub(crate) fn drain(fd: c_int) -> bool {
    let mut count = 0u64;
    // SAFETY: eight bytes are writable at `count`.
    retry(|| unsafe { libc::read(fd, (&raw mut count).cast(), 8) }).is_ok_and(|bytes| bytes == 8)
}

/// epoll_ctl(2).
pub(crate) fn control(
    epoll: &Descriptor,
    operation: c_int,
    fd: c_int,
    events: u32,
    data: u64,
) -> Result<(), Errno> {
    let mut event = epoll_event { events, u64: data };
    // SAFETY: `event` is readable; any `fd` is fine for the kernel.
    match unsafe { libc::epoll_ctl(epoll.0, operation, fd, &raw mut event) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}

/// Nanoseconds as a `timespec`; `None` for "for ever" (negative).
fn timespec_from(nanoseconds: i64) -> Option<timespec> {
    (nanoseconds >= 0).then_some(timespec {
        tv_sec: nanoseconds / NANOSECONDS_PER_SECOND,
        tv_nsec: nanoseconds % NANOSECONDS_PER_SECOND,
    })
}

/// `timeout` as a pointer that may be NULL.
fn pointer_to(timeout: Option<&timespec>) -> *const timespec {
    timeout.map_or(ptr::null(), ptr::from_ref)
}

/// ppoll(2) with a timeout in nanoseconds; negative means for ever. A signal ends
/// it with nothing ready.
pub(crate) fn poll(fds: &mut [pollfd], timeout: i64) -> usize {
    let timeout = timespec_from(timeout);
    // SAFETY: the array is writable for its length, and the timeout is readable or
    // NULL.
    let ready = unsafe {
        libc::ppoll(
            fds.as_mut_ptr(),
            fds.len() as libc::nfds_t,
            pointer_to(timeout.as_ref()),
            ptr::null(),
        )
    };
    usize::try_from(ready).unwrap_or(0)
}

/// Nanoseconds as milliseconds, rounded up: a sleep that ends early would be
/// repeated until it is due. Negative stays "for ever".
pub(crate) fn to_milliseconds(nanoseconds: i64) -> c_int {
    if nanoseconds < 0 {
        return -1;
    }
    let whole = nanoseconds / NANOSECONDS_PER_MILLISECOND;
    let rest = i64::from(nanoseconds % NANOSECONDS_PER_MILLISECOND != 0);
    c_int::try_from(whole + rest).unwrap_or(c_int::MAX)
}

/// epoll_wait(2) with a timeout in nanoseconds; negative means for ever. A signal
/// ends it with nothing ready.
pub(crate) fn wait(epoll: &Descriptor, events: &mut [epoll_event], timeout: i64) -> usize {
    let precise = timeout > 0 && timeout % NANOSECONDS_PER_MILLISECOND != 0;
    let result = if precise { wait_precisely(epoll, events, timeout) } else { None };
    // SAFETY: the array is writable for its length.
    let ready = result.unwrap_or_else(|| unsafe {
        libc::epoll_wait(
            epoll.0,
            events.as_mut_ptr(),
            events.len() as c_int,
            to_milliseconds(timeout),
        ) as isize
    });
    usize::try_from(ready).unwrap_or(0)
}

/// epoll_pwait2(2); `None` where the kernel does not have it (before 5.11).
fn wait_precisely(epoll: &Descriptor, events: &mut [epoll_event], timeout: i64) -> Option<isize> {
    let timeout = timespec_from(timeout);
    // SAFETY: the array is writable for its length, the timeout is readable or
    // NULL, and there is no signal mask.
    let ready = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll.0,
            events.as_mut_ptr(),
            events.len() as c_int,
            pointer_to(timeout.as_ref()),
            ptr::null::<libc::sigset_t>(),
            0usize,
        )
    };
    if ready < 0 && Errno::last().get() == libc::ENOSYS {
        return None;
    }
    Some(ready as isize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_rounded_up() {
        assert_eq!(to_milliseconds(-1), -1);
        assert_eq!(to_milliseconds(0), 0);
        assert_eq!(to_milliseconds(1), 1);
        assert_eq!(to_milliseconds(1_000_000), 1);
        assert_eq!(to_milliseconds(1_000_001), 2);
        assert_eq!(to_milliseconds(i64::MAX), c_int::MAX);
    }

    #[test]
    fn a_signalled_event_is_drained_once() {
        let event = Descriptor::event(0).expect("an eventfd");
        assert!(!drain(event.number()));
        signal(event.number()).expect("room in the counter");
        signal(event.number()).expect("room in the counter");
        assert!(drain(event.number()));
        assert!(!drain(event.number()));
    }
}
