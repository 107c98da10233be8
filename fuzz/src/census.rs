//! Descriptors and sources before and after.

use std::ffi::c_int;

use glib_sys::{
    g_idle_source_new, g_main_context_default, g_main_context_find_source_by_id,
    g_main_context_iteration, g_source_attach, g_source_destroy, g_source_unref,
};

/// Descriptors that are looked at.
const DESCRIPTORS: c_int = 128;

/// Runs `body`, which is to leave nothing open.
///
/// What it opened may be something that the library keeps for the rest of the process,
/// such as the helper context of WebSockets. A second run opens no such thing.
///
/// # Panics
///
/// There is a descriptor that was not there before, or one is gone, or the default
/// main context has a source that was attached since; and that happens twice.
pub fn guard(body: impl Fn()) {
    if changes(&body).is_err()
        && let Err(change) = changes(&body)
    {
        panic!("{change}");
    }
}

/// Runs `body`; the error is what was different behind it.
fn changes(body: &impl Fn()) -> Result<(), String> {
    // The first source of all makes the context, which has a descriptor.
    let first_source = next_source();
    let before = descriptors();
    body();
    let now = descriptors();
    for id in first_source..next_source() {
        // SAFETY: NULL is the default context; its lock guards the search.
        let source = unsafe { g_main_context_find_source_by_id(std::ptr::null_mut(), id) };
        if !source.is_null() {
            return Err(format!("source {id} was left in the main context"));
        }
    }
    match (now & !before, before & !now) {
        (0, 0) => Ok(()),
        (0, gone) => Err(format!("descriptor {} was closed", gone.trailing_zeros())),
        (new, _) => Err(format!("descriptor {} was left open", new.trailing_zeros())),
    }
}

/// The open descriptors as bits.
fn descriptors() -> u128 {
    // SAFETY: asking for flags is harmless, whatever the number.
    let is_open = |fd: &c_int| unsafe { libc::fcntl(*fd, libc::F_GETFD) } >= 0;
    (0..DESCRIPTORS).filter(is_open).fold(0, |bits, fd| bits | 1 << fd)
}

/// The id that the next source gets.
fn next_source() -> u32 {
    // SAFETY: a new source, which is destroyed and released once.
    unsafe {
        let source = g_idle_source_new();
        let id = g_source_attach(source, g_main_context_default());
        g_source_destroy(source);
        g_source_unref(source);
        id
    }
}

/// Runs what is ready in the default main context, at most `limit` times. Whether
/// nothing is left.
pub fn run(limit: usize) -> bool {
    // SAFETY: NULL is the default context.
    (0..limit).any(|_| unsafe { g_main_context_iteration(std::ptr::null_mut(), 0) } == 0)
}
