//! Data of `qapi/qapi-types-crypto.h`.
#![allow(non_upper_case_globals, reason = "the names are the C API's")]

use super::names::Names;
use crate::abi::qapi::util::QEnumLookup;

static ENDPOINTS: Names<2> = Names([c"client".as_ptr(), c"server".as_ptr()]);

static FORMATS: Names<2> = Names([c"raw".as_ptr(), c"base64".as_ptr()]);

/// The names of `QCryptoTLSCredsEndpoint`.
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
pub static QCryptoTLSCredsEndpoint_lookup: QEnumLookup = ENDPOINTS.lookup();

/// The names of `QCryptoSecretFormat`.
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
pub static QCryptoSecretFormat_lookup: QEnumLookup = FORMATS.lookup();
