//! Asking the kernel which descriptors are ready.
//!
//! A poll of a few descriptors lists them to ppoll(2): one system call, whatever
//! changed before. With many of them, and for GLib, which polls one descriptor for
//! the whole context, epoll knows them. It is told about changes only when
//! somebody is about to sleep, so that a descriptor that was removed and added
//! again costs one call.
//!
//! A registration may be cleared, and its descriptor closed, without epoll being
//! told in time. If the file lives on under another number, epoll keeps an entry
//! that nobody can remove any more. Its events carry an old generation; then a new
//! epoll instance takes the place of the old one.
//!
//! The kernel limits the memory for what epoll knows. Descriptors that it refuses are
//! listed to ppoll(2) as well, every few milliseconds, until there is room for them.

use std::cell::Cell;
use std::ffi::c_int;
use std::sync::{Mutex, MutexGuard, PoisonError};

use libc::{epoll_event, pollfd};
use smallvec::SmallVec;

use super::context::earlier;
use super::handlers::{Half, Handler, Handlers, IN, Kind, Question, Ready};
use super::wake::Waker;
use crate::sys::Errno;
use crate::sys::event::{self, Descriptor};

/// Up to so many descriptors are listed to ppoll(2). It looks at each of them, and
/// with more than these telling epoll about one change is cheaper.
const FEW: usize = 4;

/// How many events are taken from epoll at a time.
const EVENTS: usize = 128;

/// How long the descriptors that epoll refuses may have to wait, in nanoseconds.
const RETRY: i64 = 10_000_000;

/// Marks the events of the waker; a descriptor is not negative.
const WAKER: u64 = u64::MAX;

/// What is asked of ppoll(2), and the generation of the registration behind each.
struct Records {
    fds: SmallVec<[pollfd; FEW + 1]>,
    generations: SmallVec<[u32; FEW]>,
}

impl Records {
    fn of(questions: impl Iterator<Item = Question>) -> Self {
        let mut records = Self { fds: SmallVec::new(), generations: SmallVec::new() };
        for question in questions {
            records.fds.push(poll_record(question.fd, question.wanted));
            records.generations.push(question.generation);
        }
        records
    }

    /// What was found ready; `POLLNVAL` is an event of a descriptor that is not there.
    fn ready(&self) -> impl Iterator<Item = Ready> {
        let answered = self.fds.iter().zip(&self.generations);
        answered.filter(|(record, _)| record.revents != 0).map(|(record, &generation)| Ready {
            fd: record.fd,
            generation,
            events: u32::from(record.revents.cast_unsigned()),
        })
    }
}

/// The descriptors of one context, and those of them that are ready.
pub(super) struct Monitor {
    handlers: Mutex<Handlers>,
    epoll: Descriptor,
    /// What was found ready and not dispatched yet; only the home thread uses it.
    ready: Cell<Vec<Ready>>,
}

impl Monitor {
    pub(super) fn new(waker: &Waker) -> Result<Self, Errno> {
        let epoll = Descriptor::epoll()?;
        event::control(&epoll, libc::EPOLL_CTL_ADD, waker.descriptor(), IN, WAKER)?;
        Ok(Self { handlers: Mutex::new(Handlers::default()), epoll, ready: Cell::new(Vec::new()) })
    }

    /// What GLib polls for being readable.
    pub(super) fn descriptor(&self) -> c_int {
        self.epoll.number()
    }

    /// The table of handlers. Not held while a callback runs.
    pub(super) fn handlers(&self) -> MutexGuard<'_, Handlers> {
        self.handlers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something is ready, `timeout` nanoseconds (negative: for ever).
    pub(super) fn wait(&self, waker: &Waker, timeout: i64) {
        let handlers = self.handlers();
        if handlers.len() <= FEW {
            self.wait_few(handlers, waker, timeout);
        } else {
            drop(handlers);
            self.wait_many(waker, earlier(self.prepare(), timeout));
        }
    }

    fn wait_few(&self, handlers: MutexGuard<'_, Handlers>, waker: &Waker, timeout: i64) {
        let mut records = Records::of(handlers.polled());
        drop(handlers);
        // Behind all others, and of no generation.
        records.fds.push(poll_record(waker.descriptor(), IN));
        let mut ready = self.start_collecting();
        if event::poll(&mut records.fds, timeout) > 0 {
            if records.fds.last().is_some_and(|record| record.revents != 0) {
                waker.drain();
            }
            self.take(&records, &mut ready);
        }
        self.ready.set(ready);
    }

    /// Takes what ppoll(2) has found.
    fn take(&self, records: &Records, ready: &mut Vec<Ready>) {
        for event in records.ready() {
            if event.events & u32::from(libc::POLLNVAL.cast_unsigned()) != 0 {
                self.handlers().mark_absent(event);
            } else {
                ready.push(event);
            }
        }
    }

    /// Takes what is ready without epoll knowing of it.
    fn take_unknown(&self, ready: &mut Vec<Ready>) {
        let handlers = self.handlers();
        ready.extend(handlers.always_ready());
        let mut refused = Records::of(handlers.refused());
        drop(handlers);
        if !refused.fds.is_empty() && event::poll(&mut refused.fds, 0) > 0 {
            self.take(&refused, ready);
        }
    }

    /// Tells epoll about all changes. Returns how long the caller may sleep, in
    /// nanoseconds: 0 if something is ready without asking; negative: for ever.
    pub(super) fn prepare(&self) -> i64 {
        let mut handlers = self.handlers();
        handlers.apply_changes(|handler, wanted| apply(&self.epoll, handler, wanted));
        if handlers.always_ready().next().is_some() {
            0
        } else if handlers.refused().next().is_some() {
            RETRY
        } else {
            -1
        }
    }

    /// Takes what epoll has, after at most `timeout` nanoseconds.
    pub(super) fn wait_many(&self, waker: &Waker, timeout: i64) {
        let mut events = [epoll_event { events: 0, u64: 0 }; EVENTS];
        let count = event::wait(&self.epoll, &mut events, timeout);
        let mut ready = self.start_collecting();
        let mut handlers = self.handlers();
        let mut is_stale = false;
        for event in events.iter().take(count) {
            let &epoll_event { events, u64: data } = event;
            if data == WAKER {
                waker.drain();
                continue;
            }
            let event = Ready {
                fd: (data & 0xffff_ffff) as c_int,
                generation: (data >> 32) as u32,
                events,
            };
            is_stale |= !handlers.expects(event);
            ready.push(event);
        }
        if is_stale {
            self.start_over(&mut handlers, waker);
        }
        drop(handlers);
        self.take_unknown(&mut ready);
        self.ready.set(ready);
    }

    /// Takes what is ready when epoll has nothing.
    pub(super) fn collect_unknown(&self) {
        let mut ready = self.start_collecting();
        self.take_unknown(&mut ready);
        self.ready.set(ready);
    }

    /// The memory for what is ready, empty: what a poll around this one has
    /// collected and not dispatched is found again if it still holds.
    fn start_collecting(&self) -> Vec<Ready> {
        let mut ready = self.ready.take();
        ready.clear();
        ready
    }

    /// Replaces the epoll instance, under the same number.
    #[cold]
    fn start_over(&self, handlers: &mut Handlers, waker: &Waker) {
        let replaced = Descriptor::epoll().and_then(|fresh| {
            event::control(&fresh, libc::EPOLL_CTL_ADD, waker.descriptor(), IN, WAKER)?;
            self.epoll.replace_by(&fresh)
        });
        // Without a free descriptor the old one stays: the stale entry makes the
        // loop spin until there is one, and no event is lost.
        if replaced.is_ok() {
            handlers.forget_epoll();
        }
    }

    /// Whether one of the descriptors that were found ready has a callback.
    pub(super) fn has_work(&self) -> bool {
        let ready = self.ready.take();
        let handlers = self.handlers();
        let has_work = ready.iter().any(|&event| {
            [Half::Read, Half::Write].iter().any(|&half| handlers.callback(event, half).is_some())
        });
        drop(handlers);
        self.ready.set(ready);
        has_work
    }

    /// Calls the handlers of what was found ready. True if there was one.
    pub(super) fn dispatch(&self) -> bool {
        let mut progress = false;
        while let Some(event) = self.pop() {
            for half in [Half::Read, Half::Write] {
                // Looked up again for the second half: the first one may have
                // changed the registration.
                let callback = self.handlers().callback(event, half);
                if let Some(callback) = callback {
                    progress = true;
                    callback.call();
                }
            }
        }
        progress
    }

    fn pop(&self) -> Option<Ready> {
        let mut ready = self.ready.take();
        let event = ready.pop();
        self.ready.set(ready);
        event
    }
}

fn poll_record(fd: c_int, wanted: u32) -> pollfd {
    pollfd { fd, events: wanted as libc::c_short, revents: 0 }
}

/// Makes epoll's entry what is wanted.
fn apply(epoll: &Descriptor, handler: &mut Handler, wanted: u32) {
    if wanted == 0 || handler.kind == Kind::Absent {
        if std::mem::take(&mut handler.in_epoll) {
            // A descriptor that was closed meanwhile has no entry any more.
            let _ = event::control(epoll, libc::EPOLL_CTL_DEL, handler.fd, 0, 0);
        }
        return;
    }
    let data = u64::from(handler.generation) << 32 | u64::from(handler.fd.cast_unsigned());
    let control = |operation| event::control(epoll, operation, handler.fd, wanted, data);
    let first = if handler.in_epoll { libc::EPOLL_CTL_MOD } else { libc::EPOLL_CTL_ADD };
    let result = control(first).or_else(|errno| match errno.get() {
        // The number was closed and means another file now.
        libc::ENOENT => control(libc::EPOLL_CTL_ADD),
        libc::EEXIST => control(libc::EPOLL_CTL_MOD),
        _ => Err(errno),
    });
    handler.in_epoll = result.is_ok();
    match result.map_err(Errno::get) {
        Ok(()) => {}
        Err(libc::EPERM) => handler.kind = Kind::AlwaysReady,
        Err(libc::EBADF) => handler.kind = Kind::Absent,
        Err(libc::ENOMEM | libc::ENOSPC) => handler.kind = Kind::Refused,
        Err(errno) => fatal!(
            "aio_set_fd_handler: descriptor {} cannot be watched: {}",
            handler.fd,
            std::io::Error::from_raw_os_error(errno)
        ),
    }
}
