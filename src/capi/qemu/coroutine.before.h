#include "qemu/osdep.h"

/* Marks a function that may only run in a coroutine. */
#define coroutine_fn
