//! Reports: one line for the user, with what is known about its context.

use std::ffi::{CStr, c_char};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use glib_sys::{
    g_date_time_format_iso8601, g_date_time_new_now_utc, g_date_time_unref, g_get_prgname,
};

use crate::runtime::error::location;
use crate::runtime::error::object::ErrorObject;
use crate::runtime::error::output;
use crate::runtime::text::Text;

// Variables of the C API. As with `error_abort`, they may live in the executable.

/// Whether lines start with the time.
#[unsafe(no_mangle)]
pub(crate) static message_with_timestamp: AtomicBool = AtomicBool::new(false);

/// Whether lines start with the guest's name.
#[unsafe(no_mangle)]
pub(crate) static error_with_guestname: AtomicBool = AtomicBool::new(false);

/// The guest's name; NULL if there is none.
#[unsafe(no_mangle)]
pub(crate) static error_guest_name: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());

/// How bad it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Level {
    /// Something failed.
    Error,
    /// Something may be wrong.
    Warning,
    /// Worth knowing.
    Info,
}

impl Level {
    /// What stands before the message.
    fn label(self) -> &'static str {
        match self {
            Self::Error => "",
            Self::Warning => "warning: ",
            Self::Info => "info: ",
        }
    }
}

/// Reports `message` in one line.
pub(crate) fn report(level: Level, message: &CStr) {
    let mut line = Vec::with_capacity(128);
    if message_with_timestamp.load(Ordering::Relaxed) {
        line.extend_from_slice(now().as_deref().unwrap_or(c"").to_bytes());
        line.push(b' ');
    }
    if let Some(name) = guest_name() {
        line.extend_from_slice(name.to_bytes());
        line.push(b' ');
    }
    // SAFETY: the name is NULL or a string that GLib keeps.
    let program = unsafe { optional(g_get_prgname()) };
    location::current().describe(program, &mut line);
    line.extend_from_slice(level.label().as_bytes());
    line.extend_from_slice(message.to_bytes());
    line.push(b'\n');
    output::write(&line);
}

/// Reports an error and its hint, which stands on lines of its own.
pub(crate) fn report_error_object(level: Level, error: &ErrorObject) {
    report(level, &error.message);
    if let Some(hint) = &error.hint {
        output::write(hint.to_bytes());
    }
}

/// The name to show, if names are to be shown and there is one.
fn guest_name<'a>() -> Option<&'a CStr> {
    if !error_with_guestname.load(Ordering::Relaxed) {
        return None;
    }
    // SAFETY: the program sets the variable to NULL or to a string that stays.
    unsafe { optional(error_guest_name.load(Ordering::Relaxed)) }
}

/// The time as ISO 8601 in UTC.
fn now() -> Option<Text> {
    // SAFETY: the date is ours until it is unreferenced; the string is new.
    unsafe {
        let date = g_date_time_new_now_utc();
        let text = g_date_time_format_iso8601(date);
        g_date_time_unref(date);
        ptr::NonNull::new(text).map(|text| Text::from_raw(text))
    }
}

/// The string at `raw`, unless that is NULL.
///
/// # Safety
///
/// `raw` is NULL or a C string that lives for `'a`.
unsafe fn optional<'a>(raw: *const c_char) -> Option<&'a CStr> {
    // SAFETY: passed on to the caller.
    (!raw.is_null()).then(|| unsafe { CStr::from_ptr(raw) })
}
