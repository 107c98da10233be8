//! Tables of `qapi/qapi-types-crypto.h`.

use crate::abi::qapi::util::QEnumLookup;
use crate::runtime::qapi::enums;

/// The names of the values.
#[unsafe(no_mangle)]
pub static QCryptoTLSCredsEndpoint_lookup: QEnumLookup = enums::TLS_CREDS_ENDPOINT;

/// The names of the values.
#[unsafe(no_mangle)]
pub static QCryptoSecretFormat_lookup: QEnumLookup = enums::SECRET_FORMAT;
