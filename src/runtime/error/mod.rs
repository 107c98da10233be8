//! Errors on their way to a caller, and reports to the user.
//!
//! * [`object`]: what an `Error *` points to;
//! * [`destination`]: what an `Error **` may be, and how errors get there;
//! * [`report`]: the one line on stderr; [`location`]: what it says the input was;
//! * [`output`]: where text for the user goes; [`log`]: GLib's messages as reports;
//! * [`shim`]: the functions that `variadic.c` calls.

pub(crate) mod destination;
pub(crate) mod location;
pub(crate) mod log;
pub(crate) mod object;
pub(crate) mod output;
pub(crate) mod report;
mod shim;
