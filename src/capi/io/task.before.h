#include "qemu/osdep.h"
#if QIO_API_BEFORE(4, 1)
#include "qemu-common.h"
#endif
#if QIO_API_BEFORE(5, 1)
#include "qom/object.h"
#endif

typedef struct QIOTask QIOTask;
