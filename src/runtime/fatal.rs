//! Programmer errors: a message on stderr, then `abort()`.

use std::fmt;

use super::error::output;

/// Ends the process because the caller broke a rule; the message names the
/// function and the rule.
#[cold]
#[inline(never)]
pub(crate) fn abort(message: fmt::Arguments<'_>) -> ! {
    output::to_stderr(format!("{message}\n").as_bytes());
    std::process::abort()
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
