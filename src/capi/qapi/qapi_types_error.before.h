#include "qapi/qapi-builtin-types.h"

/* The class of an error by its protocol name; equal to ErrorClass. */
typedef enum QapiErrorClass {
    QAPI_ERROR_CLASS_GENERICERROR = 0,
    QAPI_ERROR_CLASS_COMMANDNOTFOUND = 1,
    QAPI_ERROR_CLASS_DEVICENOTACTIVE = 2,
    QAPI_ERROR_CLASS_DEVICENOTFOUND = 3,
    QAPI_ERROR_CLASS_KVMMISSINGCAP = 4,
    QAPI_ERROR_CLASS__MAX = 5,
} QapiErrorClass;

QEMU_EXTERN_C const QEnumLookup QapiErrorClass_lookup;

/* The name of a class. */
#define QapiErrorClass_str(val) \
    qapi_enum_lookup(&QapiErrorClass_lookup, (val))
