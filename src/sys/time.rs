//! The calendar.

/// Seconds since the epoch.
pub(crate) fn now() -> i64 {
    // SAFETY: NULL asks for the result only.
    unsafe { libc::time(std::ptr::null_mut()) }
}

/// The date and time in UTC; all zeros for a year that does not fit.
pub(crate) fn utc(seconds: i64) -> libc::tm {
    // SAFETY: `tm` is plain integers and a pointer that may be NULL.
    let mut time = unsafe { std::mem::zeroed::<libc::tm>() };
    // SAFETY: both point to valid memory; nothing is kept.
    unsafe { libc::gmtime_r(&raw const seconds, &raw mut time) };
    time
}
