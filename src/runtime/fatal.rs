//! Programmer errors: a message on stderr, then `abort()`.

use std::fmt;

/// Ends the process because the caller broke a rule; the message names the
/// function and the rule.
#[cold]
#[inline(never)]
pub(crate) fn abort(message: fmt::Arguments<'_>) -> ! {
    let line = format!("{message}\n");
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        // SAFETY: the pointer and the length describe `rest`.
        let written = unsafe { libc::write(libc::STDERR_FILENO, rest.as_ptr().cast(), rest.len()) };
        match usize::try_from(written) {
            Ok(count) if count > 0 => rest = rest.get(count..).unwrap_or_default(),
            _ => break,
        }
    }
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

/// Reports a broken rule (as `format!`) and aborts.
macro_rules! fatal {
    ($($message:tt)*) => {
        $crate::runtime::abort(format_args!($($message)*))
    };
}

/// Aborts like `fatal!` unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)*) => {
        if !$condition {
            fatal!($($message)*)
        }
    };
}
