//! Tables of `qapi/qapi-types-crypto.h`.

use super::tables::Names;
use crate::abi::qapi::util::QEnumLookup;

static ENDPOINTS: Names<2> = Names([c"client".as_ptr(), c"server".as_ptr()]);
static FORMATS: Names<2> = Names([c"raw".as_ptr(), c"base64".as_ptr()]);

/// The names of the values.
#[unsafe(no_mangle)]
pub static QCryptoTLSCredsEndpoint_lookup: QEnumLookup = ENDPOINTS.table();

/// The names of the values.
#[unsafe(no_mangle)]
pub static QCryptoSecretFormat_lookup: QEnumLookup = FORMATS.table();
