#include "qemu/osdep.h"

/* Nanoseconds in a unit of time. */
#define SCALE_MS 1000000
#define SCALE_US 1000
#define SCALE_NS 1

/* What a timer does. */
typedef void QEMUTimerCB(void *opaque);

/* Timers of one clock that run in one context. */
typedef struct QEMUTimerList QEMUTimerList;
