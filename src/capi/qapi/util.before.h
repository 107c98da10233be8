#include "qemu/osdep.h"

/* Bits of `QEnumLookup.special_features`. */
typedef enum {
    QAPI_DEPRECATED,
    QAPI_UNSTABLE,
} QapiSpecialFeature;
