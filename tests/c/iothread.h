/*
 * Threads that serve an event context each.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IOTHREAD_H
#define IOTHREAD_H

#include "qapi/error.h"
#include "block/aio.h"
#include "qemu/thread.h"

/* A thread with a context of its own. */
typedef struct IOThread {
    AioContext *ctx;
    GMainContext *loop;
    QemuThread thread;
    QemuEvent ready;
    bool by_glib;
    bool stopping;
} IOThread;

static inline void *iothread_run(void *opaque)
{
    IOThread *iothread = opaque;
    GSource *source;

    qemu_set_current_aio_context(iothread->ctx);
    iothread->loop = g_main_context_new();
    source = aio_get_g_source(iothread->ctx);
    g_source_attach(source, iothread->loop);
    g_source_unref(source);
    qemu_event_set(&iothread->ready);
    while (!__atomic_load_n(&iothread->stopping, __ATOMIC_ACQUIRE)) {
        if (iothread->by_glib) {
            g_main_context_iteration(iothread->loop, TRUE);
        } else {
            aio_poll(iothread->ctx, true);
        }
    }
    g_source_destroy(source);
    g_main_context_unref(iothread->loop);
    return NULL;
}

/* Starts the thread, which polls its context itself or has GLib do it. */
static inline void iothread_start(IOThread *iothread, bool by_glib)
{
    memset(iothread, 0, sizeof(*iothread));
    iothread->by_glib = by_glib;
    iothread->ctx = aio_context_new(&error_abort);
    qemu_event_init(&iothread->ready, false);
    qemu_thread_create(&iothread->thread, "iothread", iothread_run, iothread,
                       QEMU_THREAD_JOINABLE);
    qemu_event_wait(&iothread->ready);
}

static inline void iothread_stop_bh(void *opaque)
{
    IOThread *iothread = opaque;

    __atomic_store_n(&iothread->stopping, true, __ATOMIC_RELEASE);
}

/* Ends the thread, and drops the context. */
static inline void iothread_stop(IOThread *iothread)
{
    aio_bh_schedule_oneshot(iothread->ctx, iothread_stop_bh, iothread);
    qemu_thread_join(&iothread->thread);
    aio_context_unref(iothread->ctx);
    qemu_event_destroy(&iothread->ready);
}

#endif
