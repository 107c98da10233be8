#include "io/api-version.h"
#include "qemu/coroutine.h"
#include "qemu/queue.h"
#include "qemu/event_notifier.h"
#include "qemu/thread.h"
#include "qemu/timer.h"

/*
 * Event contexts. A context watches descriptors, and calls bottom halves and
 * timers. It is a GSource that a GMainContext can serve, and it can be polled on
 * its own. Its home thread does one of both; any thread may give it work.
 */

/* What a bottom half does. */
typedef void QEMUBHFunc(void *opaque);

/* Looks for work without a system call; true if there was some. */
typedef bool AioPollFn(void *opaque);
