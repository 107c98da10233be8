#include "qapi/qapi-types-common.h"

/* For qapi/clone-visitor.h. */
