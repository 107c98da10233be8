//! Unpredictable bytes.

use super::errno::{Errno, retry};

/// Fills `bytes` from the kernel's generator.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), Errno> {
    let mut rest = bytes;
    while !rest.is_empty() {
        // SAFETY: `rest` is writable for its length.
        let count = retry(|| unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) })?;
        rest = rest.split_at_mut_checked(count).map_or(&mut [], |(_, later)| later);
    }
    Ok(())
}
