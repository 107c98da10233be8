#include "block/aio.h"
#include "qom/object.h"
