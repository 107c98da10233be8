#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "qemu/timer.h"
#include "qemu/lockable.h"

/*
 * Coroutines: functions with a stack of their own that can be left in the middle
 * and resumed. A coroutine runs when it is entered, on the thread that enters it,
 * until it yields or its function returns.
 */

/* Marks a function that may only run in a coroutine. */
#ifndef coroutine_fn
#define coroutine_fn
#endif

/* What a coroutine does. */
typedef void coroutine_fn CoroutineEntry(void *opaque);

/* Releases what a coroutine was given. */
typedef void CleanupFunc(void *opaque);
