#include "qapi/qapi-builtin-types.h"

QEMU_EXTERN_C const QEnumLookup QAuthZListPolicy_lookup;
QEMU_EXTERN_C const QEnumLookup QAuthZListFormat_lookup;

/** The name of a policy. */
#define QAuthZListPolicy_str(val) \
    qapi_enum_lookup(&QAuthZListPolicy_lookup, (val))

/** The name of a format. */
#define QAuthZListFormat_str(val) \
    qapi_enum_lookup(&QAuthZListFormat_lookup, (val))
