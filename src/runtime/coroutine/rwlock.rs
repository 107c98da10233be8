//! A fair lock for many readers or one writer.
//!
//! Who cannot have the lock at once takes a ticket. Tickets are served in order,
//! and a reader waits behind them even while others read.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use super::{Coroutine, current, suspend};
use crate::abi::qemu::coroutine::{CoMutex, CoRwTickets, CoRwlock};
use crate::runtime::aio::schedule;

/// `owners` while somebody writes.
const WRITER: i32 = -1;

/// One who waits; on its own stack.
struct Ticket {
    wants_to_read: bool,
    co: *const Coroutine,
    next: Cell<*mut c_void>,
}

impl CoRwTickets {
    fn push(&self, ticket: &Ticket) {
        let raw: *mut c_void = ptr::from_ref(ticket).cast_mut().cast();
        // SAFETY: the place of the last link: in the lock, or in the ticket of a
        // coroutine that waits.
        unsafe { self.sqh_last.get().write(raw) };
        self.sqh_last.set(ticket.next.as_ptr());
    }

    fn first<'a>(&self) -> Option<&'a Ticket> {
        // SAFETY: its owner waits.
        unsafe { self.sqh_first.get().cast::<Ticket>().as_ref() }
    }

    fn pop(&self) {
        if let Some(ticket) = self.first() {
            self.sqh_first.set(ticket.next.get());
            if ticket.next.get().is_null() {
                self.sqh_last.set(self.sqh_first.as_ptr());
            }
        }
    }
}

impl CoRwlock {
    /// Makes the lock free.
    ///
    /// # Safety
    ///
    /// `lock` is writable, and nobody uses it.
    pub(crate) unsafe fn initialise(lock: *mut Self) {
        // SAFETY: passed on to the caller.
        let lock = unsafe {
            (&raw mut (*lock).mutex).write(CoMutex::new());
            &*lock
        };
        lock.owners.set(0);
        lock.tickets.sqh_first.set(ptr::null_mut());
        lock.tickets.sqh_last.set(lock.tickets.sqh_first.as_ptr());
    }

    /// Serves the first ticket, if the lock allows it. Takes over the mutex and
    /// unlocks it.
    fn serve_first_and_unlock(&self) {
        let served = self.tickets.first().filter(|ticket| {
            let owners = self.owners.get();
            if ticket.wants_to_read { owners >= 0 } else { owners == 0 }
        });
        if let Some(ticket) = served {
            self.owners.set(if ticket.wants_to_read { self.owners.get() + 1 } else { WRITER });
            let co = ticket.co;
            self.tickets.pop();
            self.mutex.unlock();
            // SAFETY: it waits, so it has not ended, and its context is alive.
            unsafe { schedule::wake(&*co) };
        } else {
            self.mutex.unlock();
        }
    }

    /// Waits until the lock was given to the caller. Called with the mutex locked,
    /// which is unlocked afterwards.
    fn wait_for_turn(&self, wants_to_read: bool) {
        let ticket = Ticket { wants_to_read, co: current(), next: Cell::new(ptr::null_mut()) };
        self.tickets.push(&ticket);
        self.mutex.unlock();
        suspend();
    }

    /// Takes the lock for reading.
    pub(crate) fn read(&self) {
        self.mutex.lock();
        let owners = self.owners.get();
        if owners == 0 || owners > 0 && self.tickets.first().is_none() {
            self.owners.set(owners + 1);
            self.mutex.unlock();
        } else {
            self.wait_for_turn(true);
            // The next one may be a reader too.
            self.mutex.lock();
            self.serve_first_and_unlock();
        }
        current().lock_taken();
    }

    /// Takes the lock for writing.
    pub(crate) fn write(&self) {
        self.mutex.lock();
        if self.owners.get() == 0 {
            self.owners.set(WRITER);
            self.mutex.unlock();
        } else {
            self.wait_for_turn(false);
        }
        current().lock_taken();
    }

    /// Gives the lock back.
    pub(crate) fn unlock(&self) {
        check_inside("qemu_co_rwlock_unlock");
        current().lock_released();
        self.mutex.lock();
        match self.owners.get() {
            0 => fatal!("qemu_co_rwlock_unlock: it is not locked"),
            WRITER => self.owners.set(0),
            readers => self.owners.set(readers - 1),
        }
        self.serve_first_and_unlock();
    }

    /// From writing to reading, without waiting. Waiting readers join in.
    pub(crate) fn downgrade(&self) {
        check_inside("qemu_co_rwlock_downgrade");
        self.mutex.lock();
        if self.owners.get() != WRITER {
            fatal!("qemu_co_rwlock_downgrade: nobody writes");
        }
        self.owners.set(1);
        self.serve_first_and_unlock();
    }

    /// From reading to writing. Unless the caller is the only one, others may write
    /// before it.
    pub(crate) fn upgrade(&self) {
        check_inside("qemu_co_rwlock_upgrade");
        self.mutex.lock();
        let owners = self.owners.get();
        if owners <= 0 {
            fatal!("qemu_co_rwlock_upgrade: nobody reads");
        }
        if owners == 1 && self.tickets.first().is_none() {
            self.owners.set(WRITER);
            self.mutex.unlock();
            return;
        }
        let ticket =
            Ticket { wants_to_read: false, co: current(), next: Cell::new(ptr::null_mut()) };
        self.owners.set(owners - 1);
        self.tickets.push(&ticket);
        self.serve_first_and_unlock();
        suspend();
    }
}

fn check_inside(function: &str) {
    if !super::is_inside() {
        fatal!("{function}: not called inside a coroutine");
    }
}
