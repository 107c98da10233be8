#include "qapi/qapi-types-sockets.h"
#include "qapi/qapi-visit-common.h"

/* For qapi/clone-visitor.h. */
