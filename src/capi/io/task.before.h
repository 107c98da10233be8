#include "qemu/osdep.h"

typedef struct QIOTask QIOTask;
