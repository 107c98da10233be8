#include "qemu/osdep.h"
#include <pthread.h>

/*
 * Threads, and what they wait for. A mutex is not handed from coroutine to
 * coroutine: it belongs to a thread.
 */

#define QEMU_THREAD_JOINABLE 0
#define QEMU_THREAD_DETACHED 1
