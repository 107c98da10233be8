//! Functions of `crypto/init.h`.

use std::ffi::c_int;

use crate::abi::qemu::typedefs::Error;
use crate::capi::qom::arguments::report;
use crate::error;
use crate::runtime::gnutls;

/// Initialises the cryptographic library. Programs need not call this; calling it
/// again does no harm.
///
/// @param errp set if that fails
/// @return 0; -1 with `errp` set
///
/// # Safety
///
/// `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_init(errp: *mut *mut Error) -> c_int {
    let result = gnutls::initialise()
        .map_err(|reason| error::Error::new(format!("Unable to initialise GnuTLS: {reason}")));
    // SAFETY: `errp` follows the API's contract.
    unsafe { report(result, errp, c"qcrypto_init") }.map_or(-1, |()| 0)
}
