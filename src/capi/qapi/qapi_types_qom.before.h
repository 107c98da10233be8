#include "qapi/qapi-builtin-types.h"
#include "qapi/qapi-types-authz.h"
#include "qapi/qapi-types-crypto.h"

typedef struct ObjectOptions ObjectOptions;
