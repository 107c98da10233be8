#include "qapi/qapi-builtin-types.h"

QEMU_EXTERN_C const QEnumLookup QCryptoTLSCredsEndpoint_lookup;
QEMU_EXTERN_C const QEnumLookup QCryptoSecretFormat_lookup;

/** The name of an end. */
#define QCryptoTLSCredsEndpoint_str(val) \
    qapi_enum_lookup(&QCryptoTLSCredsEndpoint_lookup, (val))

/** The name of a format. */
#define QCryptoSecretFormat_str(val) \
    qapi_enum_lookup(&QCryptoSecretFormat_lookup, (val))
