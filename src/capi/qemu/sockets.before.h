#include "qapi/qapi-types-sockets.h"
#include "qapi/error.h"
