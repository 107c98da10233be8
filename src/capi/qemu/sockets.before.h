#include "io/api-version.h"
#include "qapi/qapi-types-sockets.h"
#include "qapi/error.h"
