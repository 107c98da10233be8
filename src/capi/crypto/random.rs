//! Functions of `crypto/random.h`.

use std::ffi::{c_int, c_void};

use crate::abi::qemu::typedefs::Error;
use crate::capi::qom::arguments::report;
use crate::error;
use crate::runtime::gnutls;

/// Fills memory with random bytes that are fit for keys.
///
/// @param buf the memory
/// @param buflen its length
/// @param errp set if there are none
/// @return 0; -1 with `errp` set
///
/// # Safety
///
/// `buf` is writable for `buflen` bytes; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_random_bytes(
    buf: *mut c_void,
    buflen: usize,
    errp: *mut *mut Error,
) -> c_int {
    if buflen == 0 {
        return 0;
    }
    // SAFETY: the caller passes `buflen` writable bytes, which may be
    // uninitialised; zeroing them makes them a slice. `errp` follows the API's
    // contract.
    unsafe {
        buf.cast::<u8>().write_bytes(0, buflen);
        let bytes = std::slice::from_raw_parts_mut(buf.cast::<u8>(), buflen);
        let result = gnutls::random(bytes)
            .map_err(|reason| error::Error::new(format!("Unable to get random bytes: {reason}")));
        report(result, errp, c"qcrypto_random_bytes").map_or(-1, |()| 0)
    }
}

/// Prepares the source of random bytes: there is nothing to do.
///
/// @param errp not set
/// @return 0
#[unsafe(no_mangle)]
pub extern "C" fn qcrypto_random_init(errp: *mut *mut Error) -> c_int {
    // It cannot fail.
    let _ = errp;
    0
}
