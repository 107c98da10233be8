//! Ending the process because a rule of the API was broken.

use std::fmt::Arguments;
use std::io::Write;

/// Prints `function: rule` to standard error and aborts, as a failed assertion in
/// C does.
#[cold]
pub(crate) fn programming_error(function: &str, rule: Arguments<'_>) -> ! {
    let line = format!("{function}: {rule}\n");
    // A closed standard error must not keep the process from aborting.
    let _ = std::io::stderr().write_all(line.as_bytes());
    std::process::abort()
}
