/*
 * What a QEMU executable has done before it uses channels, for the tests that run in a
 * host: SIGPIPE is ignored, the main context is there, and the main thread holds the
 * global lock, which makes that context the one of its coroutines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "block/aio.h"
#include "qemu/main-loop.h"

static void __attribute__((constructor)) start(void)
{
    signal(SIGPIPE, SIG_IGN);
    qemu_get_aio_context();
    qemu_mutex_lock_iothread();
}
