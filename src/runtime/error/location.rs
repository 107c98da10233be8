//! Where the input stands that reports are about.
//!
//! A stack of locations that C callers allocate, with one entry of ours at the
//! bottom. It is one stack for the program and, as the C API says, not for use
//! by several threads.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::abi::qemu::error_report::{Location, LocationKind};
use crate::abi::values::LocationKindValue;

const NONE: LocationKindValue = LocationKind::LOC_NONE as LocationKindValue;
const CMDLINE: LocationKindValue = LocationKind::LOC_CMDLINE as LocationKindValue;
const FILE: LocationKindValue = LocationKind::LOC_FILE as LocationKindValue;

const EMPTY: Location = Location { kind: NONE, num: 0, ptr: ptr::null(), prev: ptr::null_mut() };

/// The entry at the bottom.
struct Bottom(UnsafeCell<Location>);

// SAFETY: the C API forbids to use the stack from several threads.
unsafe impl Sync for Bottom {}

static BOTTOM: Bottom = Bottom(UnsafeCell::new(EMPTY));

/// The entry at the top; NULL stands for the bottom.
static TOP: AtomicPtr<Location> = AtomicPtr::new(ptr::null_mut());

fn top() -> NonNull<Location> {
    NonNull::new(TOP.load(Ordering::Relaxed)).unwrap_or(NonNull::from(&BOTTOM.0).cast())
}

/// Changes the entry at the top.
fn change(change: impl FnOnce(&mut Location)) {
    // SAFETY: entries stay alive while they are on the stack, and no other
    // reference into it exists: the stack belongs to one thread, and `change`
    // is one of the few assignments below.
    change(unsafe { top().as_mut() });
}

/// A copy of the entry at the top.
pub(crate) fn current() -> Location {
    // SAFETY: entries stay alive while they are on the stack.
    unsafe { top().read() }
}

/// Puts `entry` on the stack as it is.
///
/// # Safety
///
/// `entry` is valid until it is popped.
pub(crate) unsafe fn push(function: &str, mut entry: NonNull<Location>) {
    // SAFETY: passed on to the caller.
    let entry = unsafe { entry.as_mut() };
    require_off_stack(function, entry);
    entry.prev = top().as_ptr();
    TOP.store(entry, Ordering::Relaxed);
}

/// Puts `entry` on the stack, without a location.
///
/// # Safety
///
/// As for [`push`].
pub(crate) unsafe fn push_none(function: &str, entry: NonNull<Location>) {
    // SAFETY: passed on to the caller.
    unsafe {
        entry.write(EMPTY);
        push(function, entry);
    }
}

/// Takes `entry`, which must be at the top, off the stack.
///
/// # Safety
///
/// `entry` is valid.
pub(crate) unsafe fn pop(function: &str, mut entry: NonNull<Location>) {
    // SAFETY: passed on to the caller.
    let location = unsafe { entry.as_mut() };
    let is_top = entry == top() && !location.prev.is_null();
    ensure!(is_top, "{function}: the location is not the one that was pushed last");
    TOP.store(location.prev, Ordering::Relaxed);
    location.prev = ptr::null_mut();
}

/// A copy of the current location, that can be [`push`]ed or [`restore`]d.
pub(crate) fn saved() -> Location {
    Location { prev: ptr::null_mut(), ..current() }
}

/// Makes the current location the same as `from`.
pub(crate) fn restore(function: &str, from: &Location) {
    require_off_stack(function, from);
    change(|top| *top = Location { prev: top.prev, ..*from });
}

/// Makes the current location none.
pub(crate) fn set_none() {
    change(|top| top.kind = NONE);
}

/// Makes the current location `count` words of the command line.
pub(crate) fn set_command_line(words: *const *const c_char, count: c_int) {
    change(|top| *top = Location { kind: CMDLINE, num: count, ptr: words.cast(), ..*top });
}

/// Makes the current location a line of a file; 0 stands for all of it. A NULL
/// `name` changes only the line.
pub(crate) fn set_file(function: &str, name: *const c_char, line: c_int) {
    let has_name = !name.is_null() || current().kind == FILE;
    ensure!(has_name, "{function}: there is no current file whose line could change");
    change(|top| {
        let ptr: *const c_void = if name.is_null() { top.ptr } else { name.cast() };
        *top = Location { kind: FILE, num: line, ptr, ..*top };
    });
}

fn require_off_stack(function: &str, location: &Location) {
    ensure!(location.prev.is_null(), "{function}: the location is on the stack already");
}

impl Location {
    /// Appends what a report's line says before the message.
    pub(crate) fn describe(&self, program: Option<&CStr>, line: &mut Vec<u8>) {
        if let Some(program) = program {
            line.extend_from_slice(program.to_bytes());
            line.push(b':');
        }
        match self.kind {
            CMDLINE => self.describe_words(program.is_some(), line),
            FILE => self.describe_file(line),
            _ if program.is_some() => line.push(b' '),
            _ => {}
        }
    }

    fn describe_words(&self, mut space: bool, line: &mut Vec<u8>) {
        let words: *const *const c_char = self.ptr.cast();
        for index in 0..usize::try_from(self.num).unwrap_or(0) {
            if space {
                line.push(b' ');
            }
            space = true;
            // SAFETY: whoever set the location gave that many words, and keeps
            // them alive while it is in use.
            let word = unsafe { CStr::from_ptr(*words.add(index)) };
            line.extend_from_slice(word.to_bytes());
        }
        line.extend_from_slice(b": ");
    }

    fn describe_file(&self, line: &mut Vec<u8>) {
        // SAFETY: whoever set the location gave a file name, and keeps it alive
        // while it is in use.
        line.extend_from_slice(unsafe { CStr::from_ptr(self.ptr.cast()) }.to_bytes());
        line.push(b':');
        if self.num != 0 {
            line.extend_from_slice(format!("{}:", self.num).as_bytes());
        }
        line.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(location: &Location, program: Option<&CStr>) -> String {
        let mut line = Vec::new();
        location.describe(program, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn without_a_location_only_the_program_shows() {
        assert_eq!(described(&EMPTY, None), "");
        assert_eq!(described(&EMPTY, Some(c"prog")), "prog: ");
    }

    #[test]
    fn a_file_follows_the_program_without_a_space() {
        let mut file = Location { kind: FILE, num: 12, ptr: c"f.c".as_ptr().cast(), ..EMPTY };
        assert_eq!(described(&file, None), "f.c:12: ");
        assert_eq!(described(&file, Some(c"prog")), "prog:f.c:12: ");
        file.num = 0;
        assert_eq!(described(&file, Some(c"prog")), "prog:f.c: ");
    }

    #[test]
    fn words_of_the_command_line_are_separated_by_spaces() {
        let words = [c"-x".as_ptr(), c"y".as_ptr()];
        let location = Location { kind: CMDLINE, num: 2, ptr: words.as_ptr().cast(), ..EMPTY };
        assert_eq!(described(&location, None), "-x y: ");
        assert_eq!(described(&location, Some(c"prog")), "prog: -x y: ");
    }
}
