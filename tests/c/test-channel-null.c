/*
 * The channel that swallows everything and is always at end of file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-null.h"
#include "failures.h"
#include "testing.h"

static void test_io(void)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    QIOChannel *ioc = QIO_CHANNEL(null);
    char data[4] = "abc";
    /* The data is not looked at. */
    struct iovec iov[] = { { (void *)0x10, 1000 }, { NULL, 0 }, { data, 4 } };
    Error *err = NULL;

    g_assert_false(null->closed);
    g_assert_cmpint(qio_channel_writev(ioc, iov, 3, &err), ==, 1004);
    g_assert_cmpint(qio_channel_writev(ioc, NULL, 0, &err), ==, 0);
    g_assert_cmpint(qio_channel_write_all(ioc, data, 4, &err), ==, 0);
    g_assert_cmpint(qio_channel_readv(ioc, iov + 2, 1, &err), ==, 0);
    g_assert_cmpint(qio_channel_read(ioc, NULL, 0, &err), ==, 0);
    g_assert_cmpint(qio_channel_read_all_eof(ioc, data, 4, &err), ==, 0);
    g_assert_null(err);
    g_assert_cmpstr(data, ==, "abc");
    assert_failed(qio_channel_read_all(ioc, data, 4, &err), &err, 0);
    g_assert_cmpint(qio_channel_set_blocking(ioc, false, &err), ==, 0);
    g_assert_cmpint(qio_channel_read(ioc, data, 4, &err), ==, 0);
    g_assert_null(err);
}

static void test_after_close(void)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    QIOChannel *ioc = QIO_CHANNEL(null);
    char data[4] = "abc";
    Error *err = NULL;

    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
        g_assert_true(null->closed);
        assert_failed(qio_channel_read(ioc, data, 4, &err), &err, EINVAL);
        assert_failed(qio_channel_write(ioc, data, 4, &err), &err, EINVAL);
        g_assert_cmpint(qio_channel_write(ioc, data, 4, NULL), ==, -1);
        g_assert_cmpint(qio_channel_set_blocking(ioc, true, &err), ==, 0);
        g_assert_cmpint(qio_channel_io_seek(ioc, 5, SEEK_SET, &err), ==, 0);
    }
    g_assert_null(err);
}

static void test_seek_stays_at_zero(void)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    QIOChannel *ioc = QIO_CHANNEL(null);
    Error *err = NULL;

    g_assert_cmpint(qio_channel_io_seek(ioc, 77, SEEK_SET, &err), ==, 0);
    g_assert_cmpint(qio_channel_io_seek(ioc, -1, SEEK_CUR, &err), ==, 0);
    g_assert_cmpint(qio_channel_io_seek(ioc, INT64_MIN, 99, &err), ==, 0);
    g_assert_null(err);
}

typedef struct Report {
    int times;
    GIOCondition condition;
} Report;

static gboolean note(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    Report *report = data;

    (void)ioc;
    report->times++;
    report->condition = condition;
    return G_SOURCE_CONTINUE;
}

/* Always fires, with exactly what was asked for. */
static void check_watch(QIOChannel *ioc, GIOCondition condition)
{
    Report report = { 0, 0xff };
    guint id = qio_channel_add_watch(ioc, condition, note, &report, NULL);

    g_assert_true(g_main_context_iteration(NULL, FALSE));
    g_assert_true(g_main_context_iteration(NULL, FALSE));
    g_assert_cmpint(report.times, ==, 2);
    g_assert_cmpint(report.condition, ==, condition);
    g_source_remove(id);
}

static void test_watch(void)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();
    QIOChannel *ioc = QIO_CHANNEL(null);

    for (int i = 0; i < 2; i++) {
        check_watch(ioc, G_IO_IN);
        check_watch(ioc, G_IO_OUT | G_IO_PRI);
        check_watch(ioc, G_IO_HUP | G_IO_ERR);
        check_watch(ioc, 0);
        qio_channel_wait(ioc, G_IO_IN);
        /* Closed or not. */
        qio_channel_close(ioc, NULL);
    }
    g_assert_cmpuint(OBJECT(ioc)->ref, ==, 1);
}

static void handler(void *opaque)
{
    (void)opaque;
    g_assert_not_reached();
}

static void test_event_handlers_are_ignored(void)
{
    g_autoptr(QIOChannelNull) null = qio_channel_null_new();

    qio_channel_set_aio_fd_handler(QIO_CHANNEL(null), NULL, handler, handler,
                                   NULL);
    qio_channel_set_aio_fd_handler(QIO_CHANNEL(null), NULL, NULL, NULL, NULL);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/null/io", test_io);
    testing_add("/null/close", test_after_close);
    testing_add("/null/seek", test_seek_stays_at_zero);
    testing_add("/null/watch", test_watch);
    testing_add("/null/aio", test_event_handlers_are_ignored);
    return g_test_run();
}
