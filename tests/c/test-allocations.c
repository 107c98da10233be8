/*
 * How often the library asks for memory: not at all on the path of a read or
 * write, and seldom for the life of a channel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <glib-unix.h>

#include "io/channel-buffer.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "allocations.h"
#include "testing.h"

#define ELEMENTS 64
#define ROUNDS 100

/* The counter counts: without this, every other test could pass for nothing. */
static void test_counter(void)
{
    int before = allocations_made();

    g_free(g_malloc(1));
    g_free(g_malloc0(1));
    g_assert_cmpint(allocations_made() - before, ==, 2);
}

static char storage[ELEMENTS][16];
static struct iovec elements[ELEMENTS];

static void fill_elements(void)
{
    for (size_t i = 0; i < ELEMENTS; i++) {
        elements[i] = (struct iovec){ storage[i], sizeof(storage[i]) };
    }
}

/* Reads and writes of every size up to ELEMENTS allocate nothing. */
static void transfer(QIOChannel *reader, QIOChannel *writer)
{
    int before = allocations_made();

    for (size_t niov = 1; niov <= ELEMENTS; niov++) {
        qio_channel_writev(writer, elements, niov, &error_abort);
        qio_channel_readv(reader, elements, niov, &error_abort);
        qio_channel_writev_all(writer, elements, niov, &error_abort);
        qio_channel_readv_all_eof(reader, elements, niov, &error_abort);
    }
    g_assert_cmpint(allocations_made() - before, ==, 0);
}

static void test_file(void)
{
    QIOChannelFile *zero = qio_channel_file_new_path("/dev/zero", O_RDONLY, 0,
                                                     &error_abort);
    QIOChannelFile *null = qio_channel_file_new_path("/dev/null", O_WRONLY, 0,
                                                     &error_abort);

    transfer(QIO_CHANNEL(zero), QIO_CHANNEL(null));
    object_unref(OBJECT(zero));
    object_unref(OBJECT(null));
}

static void test_null(void)
{
    QIOChannelNull *null = qio_channel_null_new();

    transfer(QIO_CHANNEL(null), QIO_CHANNEL(null));
    object_unref(OBJECT(null));
}

/* A buffer with room enough needs no more. */
static void test_buffer(void)
{
    QIOChannelBuffer *buffer =
        qio_channel_buffer_new(4 * ELEMENTS * sizeof(storage));

    transfer(QIO_CHANNEL(buffer), QIO_CHANNEL(buffer));
    object_unref(OBJECT(buffer));
}

/* A would-block result and an end of file carry no error object. */
static void test_would_block(void)
{
    QIOChannelFile *reader;
    int fds[2], before;

    testing_pipe(fds);
    reader = qio_channel_file_new_fd(fds[0]);
    qio_channel_set_blocking(QIO_CHANNEL(reader), false, &error_abort);
    before = allocations_made();
    g_assert_cmpint(qio_channel_readv(QIO_CHANNEL(reader), elements, ELEMENTS,
                                      &error_abort),
                    ==, QIO_CHANNEL_ERR_BLOCK);
    close(fds[1]);
    g_assert_cmpint(qio_channel_readv(QIO_CHANNEL(reader), elements, ELEMENTS,
                                      &error_abort),
                    ==, 0);
    g_assert_cmpint(allocations_made() - before, ==, 0);
    object_unref(OBJECT(reader));
}

/* The instance, and little beside it. */
static void test_life(void)
{
    static const char *const types[] = {
        TYPE_QIO_CHANNEL_FILE, TYPE_QIO_CHANNEL_NULL, TYPE_QIO_CHANNEL_BUFFER,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        int before;

        /* The first one makes the class. */
        object_unref(object_new(types[i]));
        before = allocations_made();
        for (int round = 0; round < ROUNDS; round++) {
            object_unref(object_new(types[i]));
        }
        g_assert_cmpint(allocations_made() - before, <=,
                        3 * ROUNDS);
    }
}

static gboolean count_call(QIOChannel *ioc, GIOCondition condition,
                           gpointer opaque)
{
    ++*(int *)opaque;
    return G_SOURCE_CONTINUE;
}

static gboolean count_call_of_glib(int fd, GIOCondition condition,
                                   gpointer opaque)
{
    ++*(int *)opaque;
    return G_SOURCE_CONTINUE;
}

/* What iterations that dispatch a source, the only one, allocate. */
static int iterations_allocate(GMainContext *context, int *calls)
{
    int before;

    /* GLib's own arrays reach their size in the first iterations. */
    for (int round = 0; round < 10; round++) {
        g_main_context_iteration(context, FALSE);
    }
    before = allocations_made();
    *calls = 0;
    for (int round = 0; round < ROUNDS; round++) {
        g_main_context_iteration(context, FALSE);
    }
    g_assert_cmpint(*calls, ==, ROUNDS);
    return allocations_made() - before;
}

/* Preparing, checking and dispatching a watch: later versions of GLib allocate in each
 * iteration, whatever the source. */
static void test_watch(void)
{
    GMainContext *context = g_main_context_new();
    QIOChannelFile *file = qio_channel_file_new_path("/dev/zero", O_RDONLY, 0,
                                                     &error_abort);
    GSource *watch;
    int calls = 0, usual;

    watch = g_unix_fd_source_new(file->fd, G_IO_IN);
    g_source_set_callback(watch, G_SOURCE_FUNC(count_call_of_glib), &calls, NULL);
    g_source_attach(watch, context);
    usual = iterations_allocate(context, &calls);
    g_source_destroy(watch);
    g_source_unref(watch);

    watch = qio_channel_add_watch_source(QIO_CHANNEL(file), G_IO_IN,
                                         count_call, &calls, NULL, context);
    g_assert_cmpint(iterations_allocate(context, &calls), ==, usual);
    g_source_destroy(watch);
    g_source_unref(watch);
    object_unref(OBJECT(file));
    g_main_context_unref(context);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    fill_elements();
    testing_add("/allocations/counter", test_counter);
    testing_add("/allocations/file", test_file);
    testing_add("/allocations/null", test_null);
    testing_add("/allocations/buffer", test_buffer);
    testing_add("/allocations/would-block", test_would_block);
    testing_add("/allocations/life", test_life);
    testing_add("/allocations/watch", test_watch);
    return g_test_run();
}
