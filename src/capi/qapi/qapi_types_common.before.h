#include "qapi/qapi-builtin-types.h"

/** A string as an object. */
typedef struct String {
    /** The string, from g_malloc(). */
    char *str;
} String;
