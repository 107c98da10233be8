
/** The name of a QCryptoTLSCredsEndpoint. */
#define QCryptoTLSCredsEndpoint_str(val) \
    qapi_enum_lookup(&QCryptoTLSCredsEndpoint_lookup, (val))
/** The name of a QCryptoSecretFormat. */
#define QCryptoSecretFormat_str(val) \
    qapi_enum_lookup(&QCryptoSecretFormat_lookup, (val))
