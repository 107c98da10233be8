//! Who wants to know about which descriptor.

use std::collections::HashMap;
use std::ffi::{c_int, c_void};
use std::hash::{BuildHasherDefault, Hasher};

use crate::abi::values::IOHandlerPointer;

/// Conditions, by the numbers of poll(2), which epoll shares.
pub(super) const IN: u32 = libc::EPOLLIN as u32;
const OUT: u32 = libc::EPOLLOUT as u32;
const ERR: u32 = libc::EPOLLERR as u32;
const HUP: u32 = libc::EPOLLHUP as u32;

/// What is to happen when a descriptor is ready.
#[derive(Clone, Copy)]
pub(crate) struct Registration {
    /// Not wanted while external events are disabled.
    pub(crate) is_external: bool,
    /// Called when it can be read from.
    pub(crate) read: IOHandlerPointer,
    /// Called when it can be written to.
    pub(crate) write: IOHandlerPointer,
    /// The argument of both.
    pub(crate) opaque: *mut c_void,
}

impl Registration {
    fn is_empty(&self) -> bool {
        self.read.is_none() && self.write.is_none()
    }
}

/// One of the two callbacks of a registration, with its argument.
pub(super) struct Callback {
    function: unsafe extern "C" fn(*mut c_void),
    opaque: *mut c_void,
}

impl Callback {
    pub(super) fn call(&self) {
        // SAFETY: whoever registered the handler vouches for the function and its
        // argument until the registration is replaced.
        unsafe { (self.function)(self.opaque) };
    }
}

/// Which half of a registration an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Read,
    Write,
}

/// How the kernel is asked about a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By polling.
    Pollable,
    /// Not at all: regular files, which epoll refuses, are always ready.
    AlwaysReady,
    /// Again and again, as epoll has no memory for it at the moment.
    Refused,
    /// Not at all: there is no such descriptor.
    Absent,
}

/// One descriptor.
pub(super) struct Handler {
    pub(super) fd: c_int,
    /// The number of the registration: events of earlier ones do not count.
    pub(super) generation: u32,
    registration: Registration,
    pub(super) kind: Kind,
    /// Whether epoll has an entry for it.
    pub(super) in_epoll: bool,
    /// Whether epoll's entry differs from what is wanted.
    dirty: bool,
}

impl Handler {
    /// What to ask about the descriptor, if anything.
    fn question(&self, external_disabled: bool) -> Option<Question> {
        let wanted = self.wanted(external_disabled);
        let question = Question { fd: self.fd, generation: self.generation, wanted };
        (wanted != 0).then_some(question)
    }

    /// The conditions to ask for.
    pub(super) fn wanted(&self, external_disabled: bool) -> u32 {
        if external_disabled && self.registration.is_external {
            return 0;
        }
        let read = if self.registration.read.is_some() { IN | HUP | ERR } else { 0 };
        let write = if self.registration.write.is_some() { OUT | ERR } else { 0 };
        read | write
    }
}

/// A descriptor that the kernel is to be asked about.
#[derive(Clone, Copy)]
pub(super) struct Question {
    pub(super) fd: c_int,
    pub(super) generation: u32,
    pub(super) wanted: u32,
}

/// A descriptor that was found ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ready {
    pub(super) fd: c_int,
    pub(super) generation: u32,
    pub(super) events: u32,
}

/// Hashes descriptors: small numbers, not chosen by anybody who means harm.
#[derive(Default)]
struct FdHasher(u64);

impl Hasher for FdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_i32(&mut self, fd: i32) {
        self.0 = u64::from(fd.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The descriptors of one context.
#[derive(Default)]
pub(super) struct Handlers {
    /// Also those without callbacks that epoll still has an entry for.
    entries: Vec<Handler>,
    index: HashMap<c_int, usize, BuildHasherDefault<FdHasher>>,
    /// Descriptors that epoll has to be told about.
    dirty: Vec<c_int>,
    always_ready: Vec<c_int>,
    refused: Vec<c_int>,
    generation: u32,
    external_disabled: u32,
}

impl Handlers {
    /// Replaces what is registered for `fd`. False if nothing changed.
    pub(super) fn set(&mut self, fd: c_int, registration: Registration) -> bool {
        let position = match self.index.get(&fd) {
            Some(&position) => position,
            None if registration.is_empty() => return false,
            None => self.insert(fd, registration),
        };
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        let handler = &mut self.entries[position];
        let was_empty = handler.registration.is_empty();
        handler.registration = registration;
        handler.generation = generation;
        match handler.kind {
            Kind::AlwaysReady => self.always_ready.retain(|&other| other != fd),
            Kind::Refused => self.refused.retain(|&other| other != fd),
            Kind::Pollable | Kind::Absent => {}
        }
        // The number may mean another file by now.
        handler.kind = if fd < 0 { Kind::Absent } else { Kind::Pollable };
        if registration.is_empty() && !handler.in_epoll && !handler.dirty {
            self.remove(position);
        } else {
            self.mark_dirty(position);
        }
        !(was_empty && registration.is_empty())
    }

    fn insert(&mut self, fd: c_int, registration: Registration) -> usize {
        self.index.insert(fd, self.entries.len());
        self.entries.push(Handler {
            fd,
            generation: 0,
            registration,
            kind: Kind::Pollable,
            in_epoll: false,
            dirty: false,
        });
        self.entries.len() - 1
    }

    fn remove(&mut self, position: usize) {
        let removed = self.entries.swap_remove(position);
        self.index.remove(&removed.fd);
        if let Some(moved) = self.entries.get(position) {
            self.index.insert(moved.fd, position);
        }
    }

    fn mark_dirty(&mut self, position: usize) {
        let handler = &mut self.entries[position];
        if !handler.dirty {
            handler.dirty = true;
            self.dirty.push(handler.fd);
        }
    }

    /// How many descriptors there are, those about to be forgotten included.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What to ask about the descriptors that epoll has no memory for.
    pub(super) fn refused(&self) -> impl Iterator<Item = Question> {
        let disabled = self.external_disabled();
        self.refused
            .iter()
            .filter_map(move |fd| self.entries[*self.index.get(fd)?].question(disabled))
    }

    /// What to ask about all descriptors.
    pub(super) fn polled(&self) -> impl Iterator<Item = Question> {
        let disabled = self.external_disabled();
        let present = self.entries.iter().filter(|handler| handler.kind != Kind::Absent);
        present.filter_map(move |handler| handler.question(disabled))
    }

    /// Has `apply` tell epoll about each change. Afterwards `apply` has set the
    /// kind of the handler and whether epoll has an entry for it.
    pub(super) fn apply_changes(&mut self, mut apply: impl FnMut(&mut Handler, u32)) {
        self.reconsider_refused();
        let disabled = self.external_disabled();
        while let Some(fd) = self.dirty.pop() {
            let Some(&position) = self.index.get(&fd) else { continue };
            let handler = &mut self.entries[position];
            handler.dirty = false;
            let wanted = handler.wanted(disabled);
            apply(handler, wanted);
            match handler.kind {
                Kind::AlwaysReady => self.always_ready.push(fd),
                Kind::Refused => self.refused.push(fd),
                Kind::Pollable | Kind::Absent => {}
            }
            if handler.registration.is_empty() && !handler.in_epoll {
                self.remove(position);
            }
        }
    }

    /// Has epoll told about those that it had no memory for.
    fn reconsider_refused(&mut self) {
        for fd in std::mem::take(&mut self.refused) {
            if let Some(&position) = self.index.get(&fd) {
                self.entries[position].kind = Kind::Pollable;
                self.mark_dirty(position);
            }
        }
    }

    /// Has `apply_changes` tell epoll about every descriptor, as if it knew none.
    pub(super) fn forget_epoll(&mut self) {
        self.reconsider_refused();
        for position in 0..self.entries.len() {
            self.entries[position].in_epoll = false;
            self.mark_dirty(position);
        }
        self.entries.iter_mut().for_each(|handler| {
            handler.kind = match handler.kind {
                Kind::AlwaysReady => Kind::Pollable,
                other => other,
            }
        });
        self.always_ready.clear();
    }

    /// Notes that there is no descriptor of this number.
    pub(super) fn mark_absent(&mut self, ready: Ready) {
        if let Some(&position) = self.index.get(&ready.fd) {
            let handler = &mut self.entries[position];
            if handler.generation == ready.generation {
                handler.kind = Kind::Absent;
            }
        }
    }

    /// Whether an event that epoll reported fits what epoll should have: if not, it
    /// comes from an entry that could not be removed.
    pub(super) fn expects(&self, ready: Ready) -> bool {
        self.index.get(&ready.fd).is_some_and(|&position| {
            let handler = &self.entries[position];
            handler.dirty || handler.generation == ready.generation
        })
    }

    /// The callback for one half of an event, if the registration that the event
    /// is for is still in force.
    pub(super) fn callback(&self, ready: Ready, half: Half) -> Option<Callback> {
        let handler = &self.entries[*self.index.get(&ready.fd)?];
        if handler.generation != ready.generation || handler.wanted(self.external_disabled()) == 0 {
            return None;
        }
        let (conditions, function) = match half {
            Half::Read => (IN | HUP | ERR, handler.registration.read),
            // The kernel reports a hang-up whoever asks, and perhaps nothing else:
            // somebody must find out, or the context spins.
            Half::Write if handler.registration.read.is_none() => {
                (OUT | HUP | ERR, handler.registration.write)
            }
            Half::Write => (OUT | ERR, handler.registration.write),
        };
        let function = function.filter(|_| ready.events & conditions != 0)?;
        Some(Callback { function, opaque: handler.registration.opaque })
    }

    /// The descriptors that are ready without asking.
    pub(super) fn always_ready(&self) -> impl Iterator<Item = Ready> {
        let disabled = self.external_disabled();
        self.always_ready.iter().filter_map(move |fd| {
            let handler = &self.entries[*self.index.get(fd)?];
            let events = handler.wanted(disabled) & (IN | OUT);
            let ready = Ready { fd: *fd, generation: handler.generation, events };
            (events != 0).then_some(ready)
        })
    }

    /// Whether external descriptors are ignored.
    pub(super) fn external_disabled(&self) -> bool {
        self.external_disabled != 0
    }

    /// Ignores external descriptors, until `enable_external` was called as often.
    pub(super) fn disable_external(&mut self) {
        self.external_disabled += 1;
        if self.external_disabled == 1 {
            self.mark_external_dirty();
        }
    }

    /// The opposite. True if external descriptors count again; `None` if they were
    /// not ignored.
    pub(super) fn enable_external(&mut self) -> Option<bool> {
        self.external_disabled = self.external_disabled.checked_sub(1)?;
        let enabled = self.external_disabled == 0;
        if enabled {
            self.mark_external_dirty();
        }
        Some(enabled)
    }

    fn mark_external_dirty(&mut self) {
        for position in 0..self.entries.len() {
            if self.entries[position].registration.is_external {
                self.mark_dirty(position);
            }
        }
        let Self { entries, index, always_ready, .. } = self;
        // `apply_changes` finds these out again.
        always_ready.retain(|fd| {
            index.get(fd).is_some_and(|&position| !entries[position].registration.is_external)
        });
    }
}
