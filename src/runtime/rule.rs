//! What happens when a C caller breaks a rule of the API.

use std::ffi::CStr;
use std::fmt::Display;

use crate::runtime::error::output;

/// Prints which rule `function`'s caller broke, and aborts.
pub(crate) fn broken(function: &str, rule: impl Display) -> ! {
    output::to_stderr(format!("libqiochannel: {function}: {rule}\n").as_bytes());
    std::process::abort()
}

/// Aborts unless the rule holds.
pub(crate) fn require(holds: bool, function: &str, rule: &str) {
    if !holds {
        broken(function, rule);
    }
}

/// `text` for a message, whatever its encoding.
pub(crate) fn shown(text: &CStr) -> impl Display {
    text.to_string_lossy().into_owned()
}
