/*
 * Threads that wait for a channel.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel-util.h"
#include "io/channel-watch.h"
#include "failures.h"
#include "testing.h"

enum { PAYLOAD = 300 * 1024 };

static uint8_t payload_byte(size_t index)
{
    return index * 7 + index / 251;
}

static QIOChannel *file_channel(int fd, bool blocking)
{
    QIOChannel *ioc = QIO_CHANNEL(qio_channel_file_new_fd(fd));

    g_assert_cmpint(qio_channel_set_blocking(ioc, blocking, NULL), ==, 0);
    return ioc;
}

/* Non-blocking channels over the two ends of a pipe. */
static void pipe_channels(QIOChannel **reader, QIOChannel **writer)
{
    int fds[2];

    testing_pipe(fds);
    *reader = file_channel(fds[0], false);
    *writer = file_channel(fds[1], false);
}

static gpointer write_payload(gpointer data)
{
    uint8_t *bytes = g_malloc(PAYLOAD);
    Error *err = NULL;

    for (size_t i = 0; i < PAYLOAD; i++) {
        bytes[i] = payload_byte(i);
    }
    g_assert_cmpint(qio_channel_write_all(data, (char *)bytes, PAYLOAD, &err),
                    ==, 0);
    g_assert_null(err);
    g_free(bytes);
    return NULL;
}

static gpointer read_payload(gpointer data)
{
    uint8_t *bytes = g_malloc0(PAYLOAD);
    Error *err = NULL;

    g_assert_cmpint(qio_channel_read_all(data, (char *)bytes, PAYLOAD, &err),
                    ==, 0);
    g_assert_null(err);
    for (size_t i = 0; i < PAYLOAD; i++) {
        g_assert_cmpuint(bytes[i], ==, payload_byte(i));
    }
    g_free(bytes);
    return NULL;
}

static void test_two_threads_over_a_pipe(void)
{
    QIOChannel *reader, *writer;
    GThread *thread;

    pipe_channels(&reader, &writer);
    thread = g_thread_new("reader", read_payload, reader);
    write_payload(writer);
    g_thread_join(thread);
    g_assert_cmpuint(OBJECT(reader)->ref, ==, 1);
    g_assert_cmpuint(OBJECT(writer)->ref, ==, 1);
    object_unref(OBJECT(reader));
    object_unref(OBJECT(writer));
}

/* One thread reads a channel while another writes it, on both ends. */
static void test_reader_and_writer_share_a_channel(void)
{
    QIOChannel *ioc[2];
    GThread *threads[4];
    int fds[2];

    testing_socket_pair(fds);
    for (int i = 0; i < 2; i++) {
        ioc[i] = file_channel(fds[i], false);
    }
    for (int i = 0; i < 4; i++) {
        threads[i] = g_thread_new("half", i < 2 ? read_payload : write_payload,
                                  ioc[i % 2]);
    }
    for (int i = 0; i < 4; i++) {
        g_thread_join(threads[i]);
    }
    for (int i = 0; i < 2; i++) {
        g_assert_cmpuint(OBJECT(ioc[i])->ref, ==, 1);
        object_unref(OBJECT(ioc[i]));
    }
}

/* Closes a channel when another thread has probably begun to wait. */
static gpointer drop_later(gpointer data)
{
    g_usleep(100 * 1000);
    object_unref(OBJECT(data));
    return NULL;
}

static double cpu_seconds(void)
{
    struct timespec now;

    g_assert_cmpint(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), ==, 0);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

/* A wait that spins would need as much as the clock goes on; this is ample. */
static void assert_little_cpu(double since)
{
    g_assert_cmpfloat(cpu_seconds() - since, <, 5);
}

static void check_writer_closes(size_t before, bool blocking)
{
    QIOChannel *reader, *writer;
    GThread *thread;
    char data[8];
    Error *err = NULL;
    double start = cpu_seconds();

    pipe_channels(&reader, &writer);
    qio_channel_set_blocking(reader, blocking, NULL);
    g_assert_cmpint(qio_channel_write_all(writer, "abcdefg", before, NULL),
                    ==, 0);
    thread = g_thread_new("writer", drop_later, writer);
    if (before) {
        assert_failed(qio_channel_read_all_eof(reader, data, 8, &err), &err, 0);
    } else {
        g_assert_cmpint(qio_channel_read_all_eof(reader, data, 8, &err), ==, 0);
        g_assert_null(err);
    }
    g_thread_join(thread);
    assert_little_cpu(start);
    g_assert_cmpuint(OBJECT(reader)->ref, ==, 1);
    object_unref(OBJECT(reader));
}

static void test_writer_closes_while_a_reader_waits(void)
{
    check_writer_closes(0, false);
    check_writer_closes(3, false);
    check_writer_closes(0, true);
    check_writer_closes(3, true);
}

static void test_reader_closes_while_a_writer_waits(void)
{
    QIOChannel *reader, *writer;
    GThread *thread;
    char *data = g_malloc0(PAYLOAD);
    Error *err = NULL;
    double start = cpu_seconds();

    for (int blocking = 0; blocking < 2; blocking++) {
        pipe_channels(&reader, &writer);
        qio_channel_set_blocking(writer, blocking, NULL);
        thread = g_thread_new("reader", drop_later, reader);
        assert_failed(qio_channel_write_all(writer, data, PAYLOAD, &err), &err,
                      EPIPE);
        g_thread_join(thread);
        g_assert_cmpuint(OBJECT(writer)->ref, ==, 1);
        object_unref(OBJECT(writer));
    }
    assert_little_cpu(start);
    g_free(data);
}

/* Each of these would go on for ever if the end were not noticed. */
static void test_a_wait_ends_with_the_other_side(void)
{
    QIOChannel *reader, *writer;

    pipe_channels(&reader, &writer);
    object_unref(OBJECT(writer));
    qio_channel_wait(reader, G_IO_IN);
    qio_channel_wait(reader, G_IO_IN | G_IO_OUT);
    qio_channel_wait(reader, G_IO_HUP);
    object_unref(OBJECT(reader));

    pipe_channels(&reader, &writer);
    object_unref(OBJECT(reader));
    while (qio_channel_write(writer, "0123456789abcdef", 16, NULL) > 0) {
        continue;
    }
    qio_channel_wait(writer, G_IO_OUT);
    qio_channel_wait(writer, G_IO_IN | G_IO_OUT);
    qio_channel_wait(writer, G_IO_ERR);
    object_unref(OBJECT(writer));
}

/* The end of a connection whose peer never read is a hang-up and nothing else. */
static void test_a_wait_for_output_ends_with_the_connection(void)
{
    QIOChannel *writer;
    Error *err = NULL;
    int fds[2];

    testing_socket_pair(fds);
    testing_fill(fds[0]);
    writer = qio_channel_new_fd(fds[0], &error_abort);
    qio_channel_set_blocking(writer, false, &error_abort);
    g_assert_cmpint(qio_channel_write(writer, "x", 1, NULL), ==, QIO_CHANNEL_ERR_BLOCK);
    qio_channel_shutdown(writer, QIO_CHANNEL_SHUTDOWN_BOTH, &error_abort);
    qio_channel_wait(writer, G_IO_OUT);
    assert_failed(qio_channel_write(writer, "x", 1, &err), &err, EPIPE);
    object_unref(OBJECT(writer));
    close(fds[1]);
}

/* A wait for other bits ends with those bits only. */
static void test_a_wait_for_an_error(void)
{
    QIOChannel *reader, *writer;
    GThread *thread;
    Error *err = NULL;

    pipe_channels(&reader, &writer);
    thread = g_thread_new("reader", drop_later, reader);
    /* The pipe is writable all the time. */
    qio_channel_wait(writer, G_IO_ERR);
    assert_failed(qio_channel_write(writer, "x", 1, &err), &err, EPIPE);
    g_thread_join(thread);
    object_unref(OBJECT(writer));
}

/* A class in C that derives from the file channel and uses the library's watch. */
#define TYPE_PIPE_CHANNEL "pipe-channel"

typedef struct PipeChannel {
    QIOChannelFile parent;
    GIOCondition asked_for;
} PipeChannel;

static GSource *pipe_create_watch(QIOChannel *ioc, GIOCondition condition)
{
    ((PipeChannel *)ioc)->asked_for = condition;
    return qio_channel_create_fd_watch(ioc, QIO_CHANNEL_FILE(ioc)->fd,
                                       condition);
}

static void pipe_class_init(ObjectClass *klass, void *data)
{
    (void)data;
    QIO_CHANNEL_CLASS(klass)->io_create_watch = pipe_create_watch;
}

static void register_pipe_channel(void)
{
    static const TypeInfo info = {
        .name = TYPE_PIPE_CHANNEL,
        .parent = TYPE_QIO_CHANNEL_FILE,
        .instance_size = sizeof(PipeChannel),
        .class_init = pipe_class_init,
    };

    type_register_static(&info);
}

/* It is asked for exactly the direction, and does not wait for ever either. */
static void test_a_derived_class_with_the_librarys_watch(void)
{
    PipeChannel *channel = (PipeChannel *)object_new(TYPE_PIPE_CHANNEL);
    QIOChannel *ioc = QIO_CHANNEL(channel);
    GThread *thread;
    char byte;
    int fds[2];

    testing_pipe(fds);
    channel->parent.fd = fds[0];
    g_assert_cmpint(qio_channel_set_blocking(ioc, false, NULL), ==, 0);
    thread = g_thread_new("writer", drop_later,
                          qio_channel_file_new_fd(fds[1]));
    g_assert_cmpint(qio_channel_read_all_eof(ioc, &byte, 1, NULL), ==, 0);
    g_assert_cmpint(channel->asked_for, ==, G_IO_IN);
    g_thread_join(thread);
    object_unref(OBJECT(channel));
    g_assert_false(testing_fd_is_open(fds[0]));
}

static gboolean must_not_run(gpointer data)
{
    (void)data;
    g_assert_not_reached();
    return G_SOURCE_REMOVE;
}

static gpointer write_later(gpointer data)
{
    g_usleep(50 * 1000);
    g_assert_cmpint(qio_channel_write_all(data, "x", 1, NULL), ==, 0);
    return NULL;
}

/* Nothing of the program's own loops is dispatched meanwhile. */
static void test_other_sources_do_not_run(void)
{
    GMainContext *context = g_main_context_new();
    GSource *idle = g_idle_source_new();
    guint id = g_idle_add(must_not_run, NULL);
    QIOChannel *reader, *writer;
    GThread *thread;
    char byte;

    g_source_set_callback(idle, must_not_run, NULL, NULL);
    g_source_attach(idle, context);
    g_main_context_push_thread_default(context);
    pipe_channels(&reader, &writer);
    thread = g_thread_new("writer", write_later, writer);
    qio_channel_wait(reader, G_IO_IN);
    g_assert_cmpint(qio_channel_read(reader, &byte, 1, NULL), ==, 1);
    g_thread_join(thread);
    g_assert_true(g_main_context_get_thread_default() == context);
    g_main_context_pop_thread_default(context);
    g_source_remove(id);
    g_source_destroy(idle);
    g_source_unref(idle);
    g_main_context_unref(context);
    object_unref(OBJECT(reader));
    object_unref(OBJECT(writer));
}

/* As from a callback of the default context. */
static void test_wait_while_owning_the_default_context(void)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    QIOChannel *reader, *writer;

    pipe_channels(&reader, &writer);
    g_assert_cmpint(qio_channel_write_all(writer, "x", 1, NULL), ==, 0);
    g_assert_true(g_main_context_acquire(NULL));
    qio_channel_wait(reader, G_IO_IN);
    qio_channel_wait(QIO_CHANNEL(null), G_IO_IN | G_IO_HUP);
    g_main_context_release(NULL);
    object_unref(OBJECT(reader));
    object_unref(OBJECT(writer));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    register_pipe_channel();
    /* A wait that never ends shall end the test. */
    alarm(300);
    testing_add("/wait/two-threads", test_two_threads_over_a_pipe);
    testing_add("/wait/shared", test_reader_and_writer_share_a_channel);
    testing_add("/wait/writer-closes", test_writer_closes_while_a_reader_waits);
    testing_add("/wait/reader-closes", test_reader_closes_while_a_writer_waits);
    testing_add("/wait/other-side", test_a_wait_ends_with_the_other_side);
    testing_add("/wait/end-of-connection", test_a_wait_for_output_ends_with_the_connection);
    testing_add("/wait/error", test_a_wait_for_an_error);
    testing_add("/wait/derived",
                test_a_derived_class_with_the_librarys_watch);
    testing_add("/wait/other-sources", test_other_sources_do_not_run);
    testing_add("/wait/owner",
                test_wait_while_owning_the_default_context);
    return g_test_run();
}
