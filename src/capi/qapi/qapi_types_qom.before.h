#include "qapi/qapi-builtin-types.h"

typedef struct ObjectOptions ObjectOptions;
