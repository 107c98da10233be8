#include "qapi/error.h"
#include "qapi/util.h"
