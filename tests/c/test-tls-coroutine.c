/*
 * Coroutines that read from and write to TLS channels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-link.h"
#include "testing.h"

#include "block/aio.h"
#include "qemu/coroutine.h"
#include "qemu/main-loop.h"

enum { SIZE = 1 << 20 };

/* One direction of a transfer. */
typedef struct Job {
    QIOChannel *channel;
    char *data;
    bool done;
} Job;

static void coroutine_fn write_job(void *opaque)
{
    Job *job = opaque;

    g_assert_true(qemu_in_coroutine());
    qio_channel_write_all(job->channel, job->data, SIZE, &error_abort);
    job->done = true;
}

static void coroutine_fn read_job(void *opaque)
{
    Job *job = opaque;

    qio_channel_read_all(job->channel, job->data, SIZE, &error_abort);
    job->done = true;
}

/* Moves data with two coroutines in `ctx`; NULL: the main loop's. */
static void check_transfer(AioContext *ctx)
{
    AioContext *where = ctx ? ctx : qemu_get_aio_context();
    g_autofree char *sent = g_malloc(SIZE), *received = g_malloc0(SIZE);
    Job reader, writer;
    Link link;

    link_open(&link, true);
    if (ctx) {
        qio_channel_attach_aio_context(link.server, ctx);
        qio_channel_attach_aio_context(link.client, ctx);
    }
    for (size_t i = 0; i < SIZE; i++) {
        sent[i] = (char)(i * 13 + i / 255);
    }
    reader = (Job){ link.server, received, false };
    writer = (Job){ link.client, sent, false };
    qemu_aio_coroutine_enter(where, qemu_coroutine_create(read_job, &reader));
    g_assert_false(reader.done);
    qemu_aio_coroutine_enter(where, qemu_coroutine_create(write_job, &writer));
    while (!reader.done || !writer.done) {
        if (ctx) {
            aio_poll(ctx, true);
        } else {
            g_main_context_iteration(NULL, TRUE);
        }
    }
    g_assert_cmpmem(sent, SIZE, received, SIZE);
    if (ctx) {
        qio_channel_detach_aio_context(link.server);
        qio_channel_detach_aio_context(link.client);
    }
    link_close(&link);
}

static void test_attached(void)
{
    AioContext *ctx = aio_context_new(&error_abort);

    check_transfer(ctx);
    aio_context_unref(ctx);
}

/* Last, as the thread belongs to the main loop from here on. */
static void test_main_loop(void)
{
    g_assert_cmpint(qemu_init_main_loop(&error_abort), ==, 0);
    check_transfer(NULL);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    gnutls_global_init();
    testing_add("/tls/coroutine/attached", test_attached);
    /* Its descriptors stay. */
    g_test_add_func("/tls/coroutine/main-loop", test_main_loop);
    return g_test_run();
}
