//! Small helpers of the C API.
