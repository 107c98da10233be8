#include "qapi/qapi-builtin-types.h"
#include "qapi/qapi-types-authz.h"
#include "qapi/qapi-types-common.h"
#include "qapi/qapi-types-crypto.h"

/* The description of an object to be created; private to QAPI. */
typedef struct ObjectOptions ObjectOptions;
