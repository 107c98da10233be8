#include "qapi/qapi-builtin-types.h"
#include "qapi/qapi-types-common.h"
