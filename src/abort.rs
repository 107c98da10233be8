//! Ending the process because a rule of the API was broken.

use std::fmt::Arguments;
use std::io::Write;

/// Prints `message` to standard error and aborts, as a failed assertion in C does.
/// The message names the function and the rule.
#[cold]
#[inline(never)]
pub(crate) fn abort(message: Arguments<'_>) -> ! {
    let line = format!("{message}\n");
    // A closed standard error must not keep the process from aborting.
    let _ = std::io::stderr().write_all(line.as_bytes());
    std::process::abort()
}

/// Reports a broken rule (as `format!`) and aborts.
macro_rules! fatal {
    ($($message:tt)*) => {
        $crate::abort::abort(format_args!($($message)*))
    };
}

/// Aborts like `fatal!` unless the condition holds.
#[cfg(feature = "runtime")]
macro_rules! ensure {
    ($condition:expr, $($message:tt)*) => {
        if !$condition {
            fatal!($($message)*)
        }
    };
}
