#include "block/aio.h"
#include "qemu/main-loop.h"
