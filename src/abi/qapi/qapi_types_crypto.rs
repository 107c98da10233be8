//! Types of `qapi/qapi-types-crypto.h`.

/// Which end of a TLS connection credentials are for.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QCryptoTLSCredsEndpoint {
    /// The end that connects.
    QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT = 0,
    /// The end that accepts.
    QCRYPTO_TLS_CREDS_ENDPOINT_SERVER = 1,
    /// The number of values.
    QCRYPTO_TLS_CREDS_ENDPOINT__MAX = 2,
}

/// How the text of a secret stands for its bytes.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QCryptoSecretFormat {
    /// As it is.
    QCRYPTO_SECRET_FORMAT_RAW = 0,
    /// As base64.
    QCRYPTO_SECRET_FORMAT_BASE64 = 1,
    /// The number of values.
    QCRYPTO_SECRET_FORMAT__MAX = 2,
}
