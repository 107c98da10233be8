//! Functions of `crypto/tlscreds.h`.

use crate::abi::crypto::tlscreds::QCryptoTLSCreds;
use crate::abi::qemu::typedefs::Error;
use crate::abi::values::QCryptoTLSCredsEndpointValue;
use crate::capi::qom::arguments::report;
use crate::error;
use crate::runtime::gnutls::session::Role;
use crate::runtime::tls::credentials::CredentialsObject;

/// Whether credentials are for the end that a caller needs them for.
///
/// @param creds the credentials
/// @param endpoint the end
/// @param errp set if they are for the other one
/// @return whether they are
///
/// # Safety
///
/// `creds` is alive; `errp` is NULL or a place for an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qcrypto_tls_creds_check_endpoint(
    creds: *mut QCryptoTLSCreds,
    endpoint: QCryptoTLSCredsEndpointValue,
    errp: *mut *mut Error,
) -> bool {
    let wanted = Role::of_endpoint(endpoint);
    // SAFETY: the caller passes live credentials; `errp` follows the API's contract.
    unsafe {
        let result = match CredentialsObject::from_raw(creds).role() == wanted {
            true => Ok(()),
            false => Err(error::Error::new(format!(
                "TLS credentials for a {wanted} endpoint are needed"
            ))),
        };
        report(result, errp, c"qcrypto_tls_creds_check_endpoint").is_some()
    }
}
