//! Types of `qapi/qapi-types-crypto.h`.

/// Which end of a connection TLS credentials are for.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QCryptoTLSCredsEndpoint {
    /// The end that connects.
    QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT,
    /// The end that is connected to.
    QCRYPTO_TLS_CREDS_ENDPOINT_SERVER,
    /// The number of ends.
    QCRYPTO_TLS_CREDS_ENDPOINT__MAX,
}

/// How the text of a secret stands for its bytes.
#[allow(non_camel_case_types, reason = "the names are the C API's")]
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QCryptoSecretFormat {
    /// It is them.
    QCRYPTO_SECRET_FORMAT_RAW,
    /// In base64.
    QCRYPTO_SECRET_FORMAT_BASE64,
    /// The number of formats.
    QCRYPTO_SECRET_FORMAT__MAX,
}
