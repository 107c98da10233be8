//! Small helpers of the C API that channels, or their callers, use.

pub(crate) mod buffer;
pub(crate) mod fd;
pub(crate) mod iov;
pub(crate) mod names;
pub(crate) mod open;
