//! Where text for the user goes.

use std::ffi::{CStr, CString, c_int};

use glib_sys::{GFALSE, g_getenv, g_test_message, g_test_subprocess, gboolean};

/// The start of GLib's `GTestConfig`, which `g_test_initialized()` reads.
#[repr(C)]
struct TestConfig {
    test_initialized: gboolean,
}

unsafe extern "C" {
    static mut stderr: *mut libc::FILE;
    static g_test_config_vars: *const TestConfig;
}

/// Writes `text` to the C stream stderr in one go, so that the output of other
/// threads does not get in between. -1 on failure.
pub(crate) fn to_stderr(text: &[u8]) -> c_int {
    // SAFETY: libc sets the variable before any of our code runs, and a program that
    // changes it does so before it has threads; fwrite locks the stream and reads
    // exactly `text`.
    let written = unsafe { libc::fwrite(text.as_ptr().cast(), 1, text.len(), stderr) };
    if written == text.len() { c_int::try_from(written).unwrap_or(c_int::MAX) } else { -1 }
}

/// Writes text for the user: to stderr, or where a silenced test keeps it.
/// Returns the number of bytes.
pub(crate) fn write(text: &[u8]) -> c_int {
    if !is_silenced() {
        return to_stderr(text);
    }
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let end = line.iter().position(|&byte| byte == 0).unwrap_or(line.len());
    let message = CString::new(&line[..end]).unwrap_or_default();
    // SAFETY: the format takes exactly one string.
    unsafe { g_test_message(c"%s".as_ptr(), message.as_ptr()) };
    c_int::try_from(text.len()).unwrap_or(c_int::MAX)
}

/// Whether a test program asked to keep stderr clean.
fn is_silenced() -> bool {
    const SILENT: &CStr = c"QTEST_SILENT_ERRORS";
    // SAFETY: GLib's variable always points to its configuration, and the other
    // calls take nothing or a C string.
    unsafe {
        (*g_test_config_vars).test_initialized != GFALSE
            && g_test_subprocess() == GFALSE
            && !g_getenv(SILENT.as_ptr()).is_null()
    }
}
