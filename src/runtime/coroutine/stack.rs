//! The memory of a coroutine: its stack, and on top of that the coroutine itself.

use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};

use corosensei::stack::valgrind::ValgrindStackRegistration;
use corosensei::stack::{Stack, StackPointer};

use super::Coroutine;
use crate::sys::Errno;

/// Bytes that the code of a coroutine may use. C callers put large buffers on a stack.
const STACK_SIZE: usize = 1 << 20;

/// The unit of the two areas beside the stack: a multiple of every processor's page size.
const PAGE: usize = if cfg!(target_arch = "x86_64") { 4 << 10 } else { 64 << 10 };

/// Guard, stack, coroutine.
const LENGTH: usize = PAGE + STACK_SIZE + PAGE;

/// The coroutine begins with a cache line of its own, and what the stack holds first is
/// in the lines below.
const COROUTINE_SIZE: usize = size_of::<Coroutine>().next_multiple_of(64);

const _: () = assert!(COROUTINE_SIZE <= PAGE);

/// Makes accesses faults without an entry in the process's list of areas (Linux 6.13).
const MADV_GUARD_INSTALL: c_int = 102;

/// Memory that was mapped for one coroutine.
pub(super) struct Memory {
    start: NonNull<c_void>,
    valgrind: ManuallyDrop<ValgrindStackRegistration>,
}

impl Memory {
    /// Maps it. Only the pages that are touched cost memory.
    pub(super) fn new() -> Result<Self, Errno> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at a place of the system's choice.
        let start = unsafe { libc::mmap(ptr::null_mut(), LENGTH, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        // SAFETY: the mapping above, which has no other user. Huge pages would make
        // untouched parts of neighbouring stacks resident.
        unsafe { libc::madvise(start, LENGTH, libc::MADV_NOHUGEPAGE) };
        // SAFETY: as above; it is not at the address 0.
        let memory = unsafe {
            Self {
                start: NonNull::new_unchecked(start),
                valgrind: ManuallyDrop::new(ValgrindStackRegistration::new(start.cast(), LENGTH)),
            }
        };
        memory.guard()?;
        Ok(memory)
    }

    /// Makes the lowest page a fault for whoever uses too much of the stack.
    fn guard(&self) -> Result<(), Errno> {
        let start = self.start.as_ptr();
        // SAFETY: the lowest page of this mapping, which nobody uses. An older system
        // refuses the advice, and has another way that takes two areas for each stack.
        let result = unsafe {
            match libc::madvise(start, PAGE, MADV_GUARD_INSTALL) {
                0 => 0,
                _ => libc::mprotect(start, PAGE, libc::PROT_NONE),
            }
        };
        if result == 0 { Ok(()) } else { Err(Errno::last()) }
    }

    /// Where the coroutine belongs: aligned, zeroed, and not used yet.
    pub(super) fn coroutine(&self) -> NonNull<Coroutine> {
        // SAFETY: within the mapping, and above the stack.
        unsafe { self.start.byte_add(LENGTH - COROUTINE_SIZE).cast() }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the registration is dropped once; the mapping has no user any more.
        // Unmapping may need one more area, in the middle of others. Where there is none
        // left, the memory is given back and its addresses are not.
        unsafe {
            ManuallyDrop::drop(&mut self.valgrind);
            if libc::munmap(self.start.as_ptr(), LENGTH) != 0 {
                libc::madvise(self.start.as_ptr(), LENGTH, libc::MADV_DONTNEED);
            }
        }
    }
}

// SAFETY: there is a guard page and more than the least size; both ends are aligned.
unsafe impl Stack for Memory {
    #[inline]
    fn base(&self) -> StackPointer {
        self.coroutine().addr()
    }

    #[inline]
    fn limit(&self) -> StackPointer {
        self.start.addr()
    }
}
