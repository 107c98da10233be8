/*
 * The channel over a piece of memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "io/channel-buffer.h"
#include "failures.h"
#include "testing.h"

static void put(QIOChannelBuffer *buffer, const char *text)
{
    Error *err = NULL;

    g_assert_cmpint(qio_channel_write(QIO_CHANNEL(buffer), text, strlen(text),
                                      &err), ==, strlen(text));
    g_assert_null(err);
}

static void assert_state(QIOChannelBuffer *buffer, size_t capacity,
                         size_t usage, size_t offset)
{
    g_assert_cmpuint(buffer->capacity, ==, capacity);
    g_assert_cmpuint(buffer->usage, ==, usage);
    g_assert_cmpuint(buffer->offset, ==, offset);
}

static void test_new(void)
{
    g_autoptr(QIOChannelBuffer) empty = qio_channel_buffer_new(0);
    g_autoptr(QIOChannelBuffer) roomy = qio_channel_buffer_new(600);

    assert_state(empty, 0, 0, 0);
    g_assert_null(empty->data);
    g_assert_cmpuint(OBJECT(empty)->ref, ==, 1);
    g_assert_cmpstr(object_get_typename(OBJECT(empty)), ==,
                    TYPE_QIO_CHANNEL_BUFFER);
    assert_state(roomy, 600, 0, 0);
    for (size_t i = 0; i < 600; i++) {
        g_assert_cmpuint(roomy->data[i], ==, 0);
    }
}

/* Exactly what is needed: callers look at the capacity. */
static void test_growth_is_exact(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(4);

    put(buffer, "abc");
    assert_state(buffer, 4, 3, 3);
    put(buffer, "d");
    assert_state(buffer, 4, 4, 4);
    put(buffer, "ef");
    assert_state(buffer, 6, 6, 6);
    put(buffer, "");
    assert_state(buffer, 6, 6, 6);
    g_assert_cmpmem(buffer->data, buffer->usage, "abcdef", 6);
}

static void test_write_of_several_elements(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(0);
    struct iovec iov[] = {
        { (char *)"ab", 2 }, { NULL, 0 }, { (char *)"cde", 3 },
    };

    g_assert_cmpint(qio_channel_writev(QIO_CHANNEL(buffer), iov, 3, NULL),
                    ==, 5);
    g_assert_cmpmem(buffer->data, buffer->usage, "abcde", 5);
    assert_state(buffer, 5, 5, 5);
}

static void test_read_across_elements_to_the_end(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(0);
    QIOChannel *ioc = QIO_CHANNEL(buffer);
    char data[8] = "";
    struct iovec iov[] = {
        { data, 2 }, { NULL, 0 }, { data + 2, 1 }, { data + 3, 4 },
    };
    Error *err = NULL;

    put(buffer, "abcde");
    g_assert_cmpint(qio_channel_read(ioc, data, 4, &err), ==, 0);
    buffer->offset = 0;
    g_assert_cmpint(qio_channel_readv(ioc, iov, 4, &err), ==, 5);
    g_assert_cmpstr(data, ==, "abcde");
    assert_state(buffer, 5, 5, 5);
    g_assert_cmpint(qio_channel_readv(ioc, iov, 4, &err), ==, 0);
    g_assert_cmpint(qio_channel_read_all_eof(ioc, data, 1, &err), ==, 0);
    g_assert_null(err);
    buffer->offset = 3;
    g_assert_cmpint(qio_channel_read(ioc, NULL, 0, &err), ==, 0);
    g_assert_cmpint(qio_channel_read(ioc, data, 1, &err), ==, 1);
    g_assert_cmpint(data[0], ==, 'd');
    g_assert_null(err);
}

/* There is no state beside the public fields. */
static void test_callers_change_the_fields(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(0);
    QIOChannel *ioc = QIO_CHANNEL(buffer);
    char data[8] = "";

    /* As QEMU's migration does: fills the memory itself, then reads. */
    buffer->data = g_realloc(buffer->data, 6);
    buffer->capacity = 6;
    memcpy(buffer->data, "device", 6);
    buffer->usage += 6;
    g_assert_cmpint(qio_channel_read(ioc, data, 7, NULL), ==, 6);
    g_assert_cmpstr(data, ==, "device");

    /* As its colo does: rewinds and forgets. */
    g_assert_cmpint(qio_channel_io_seek(ioc, 0, SEEK_SET, NULL), ==, 0);
    buffer->usage = 0;
    put(buffer, "new");
    assert_state(buffer, 6, 3, 3);
    g_assert_cmpmem(buffer->data, 6, "newice", 6);

    g_free(buffer->data);
    buffer->data = (uint8_t *)g_strdup("swapped");
    buffer->capacity = 8;
    buffer->usage = 7;
    buffer->offset = 1;
    g_assert_cmpint(qio_channel_read(ioc, data, 3, NULL), ==, 3);
    g_assert_cmpmem(data, 3, "wap", 3);
    buffer->offset = 100;
    g_assert_cmpint(qio_channel_read(ioc, data, 3, NULL), ==, 0);
    g_assert_cmpuint(buffer->offset, ==, 100);
}

static void test_gap_is_zeroed_and_nothing_else(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(16);
    QIOChannel *ioc = QIO_CHANNEL(buffer);

    memset(buffer->data, 0xee, 16);
    put(buffer, "abc");
    g_assert_cmpint(qio_channel_io_seek(ioc, 6, SEEK_SET, NULL), ==, 6);
    assert_state(buffer, 16, 3, 6);
    put(buffer, "xy");
    assert_state(buffer, 16, 8, 8);
    g_assert_cmpmem(buffer->data, 9, "abc\0\0\0xy\xee", 9);

    /* A write of nothing moves the end, too, and grows. */
    g_assert_cmpint(qio_channel_io_seek(ioc, 20, SEEK_SET, NULL), ==, 20);
    put(buffer, "");
    assert_state(buffer, 20, 20, 20);
    g_assert_cmpmem(buffer->data + 6, 14, "xy\0\0\0\0\0\0\0\0\0\0\0\0", 14);
}

/* Placed behind the data; under a memory checker 7.2 writes past its block. */
static void test_write_after_seeking_back_appends(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(4);
    QIOChannel *ioc = QIO_CHANNEL(buffer);

    put(buffer, "abcd");
    g_assert_cmpint(qio_channel_io_seek(ioc, 1, SEEK_SET, NULL), ==, 1);
    put(buffer, "xyz");
    assert_state(buffer, 7, 7, 4);
    g_assert_cmpmem(buffer->data, 7, "abcdxyz", 7);
}

static void test_seek(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(100);
    QIOChannel *ioc = QIO_CHANNEL(buffer);

    put(buffer, "abcdef");
    g_assert_cmpint(qio_channel_io_seek(ioc, 2, SEEK_SET, NULL), ==, 2);
    g_assert_cmpint(qio_channel_io_seek(ioc, 1, SEEK_CUR, NULL), ==, 3);
    g_assert_cmpint(qio_channel_io_seek(ioc, -3, SEEK_CUR, NULL), ==, 0);
    g_assert_cmpint(qio_channel_io_seek(ioc, -1, SEEK_END, NULL), ==, 5);
    g_assert_cmpint(qio_channel_io_seek(ioc, 4, SEEK_END, NULL), ==, 10);
    g_assert_cmpint(qio_channel_io_seek(ioc, INT64_MAX, SEEK_SET, NULL),
                    ==, INT64_MAX);
    g_assert_cmpuint(buffer->offset, ==, INT64_MAX);
    g_assert_cmpuint(buffer->usage, ==, 6);
}

static void test_bad_seeks_change_nothing(void)
{
    static const struct {
        off_t offset;
        int whence;
    } bad[] = {
        { -1, SEEK_SET }, { INT64_MIN, SEEK_SET }, { -4, SEEK_CUR },
        { INT64_MAX, SEEK_CUR }, { -7, SEEK_END }, { INT64_MAX, SEEK_END },
        { 0, SEEK_DATA }, { 0, -1 }, { 0, 99 },
    };
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(0);
    QIOChannel *ioc = QIO_CHANNEL(buffer);
    Error *err = NULL;

    put(buffer, "abcdef");
    buffer->offset = 3;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        assert_failed(qio_channel_io_seek(ioc, bad[i].offset, bad[i].whence,
                                          &err), &err, EINVAL);
        g_assert_cmpint(qio_channel_io_seek(ioc, bad[i].offset, bad[i].whence,
                                            NULL), ==, -1);
        assert_state(buffer, 6, 6, 3);
    }
}

static void check_write_fails(QIOChannelBuffer *buffer, size_t first,
                              size_t second, int cause)
{
    /* The memory is never looked at. */
    struct iovec iov[] = { { (void *)0x10, first }, { (void *)0x10, second } };
    QIOChannelBuffer before = *buffer;
    Error *err = NULL;

    assert_failed(qio_channel_writev(QIO_CHANNEL(buffer), iov, 2, &err), &err,
                  cause);
    g_assert_cmpint(qio_channel_writev(QIO_CHANNEL(buffer), iov, 2, NULL),
                    ==, -1);
    assert_state(buffer, before.capacity, before.usage, before.offset);
    g_assert_true(buffer->data == before.data);
}

static void test_writes_that_are_too_large(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(4);

    put(buffer, "abc");
    check_write_fails(buffer, SIZE_MAX, 2, EFBIG);
    check_write_fails(buffer, SSIZE_MAX, 1, EFBIG);
    check_write_fails(buffer, SSIZE_MAX, 0, EFBIG);
    check_write_fails(buffer, (size_t)1 << 46, (size_t)1 << 46, ENOMEM);
    buffer->offset = SSIZE_MAX;
    check_write_fails(buffer, 1, 0, EFBIG);
    buffer->offset = (size_t)1 << 46;
    check_write_fails(buffer, 0, 1, ENOMEM);
    g_assert_cmpmem(buffer->data, buffer->usage, "abc", 3);
    buffer->offset = 3;
}

static void test_close_and_use_again(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(64);
    QIOChannel *ioc = QIO_CHANNEL(buffer);
    char byte;
    Error *err = NULL;

    put(buffer, "abc");
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(qio_channel_close(ioc, &err), ==, 0);
        g_assert_null(buffer->data);
        assert_state(buffer, 0, 0, 0);
    }
    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, &err), ==, 0);
    put(buffer, "de");
    assert_state(buffer, 2, 2, 2);
    g_assert_null(err);
}

static void test_blocking_mode_has_no_effect(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(0);
    QIOChannel *ioc = QIO_CHANNEL(buffer);
    char byte;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_set_blocking(ioc, false, &err), ==, 0);
    g_assert_cmpint(qio_channel_read(ioc, &byte, 1, &err), ==, 0);
    g_assert_cmpint(qio_channel_set_blocking(ioc, true, &err), ==, 0);
    g_assert_null(err);
}

static gboolean note(QIOChannel *ioc, GIOCondition condition, gpointer data)
{
    (void)ioc;
    *(int *)data = condition;
    return G_SOURCE_REMOVE;
}

/* What a watch reports; -1 if it does not fire. */
static int watched(QIOChannel *ioc, GIOCondition condition)
{
    int reported = -1;
    GSource *source = qio_channel_add_watch_source(ioc, condition, note,
                                                   &reported, NULL, NULL);

    for (int i = 0; i < 3; i++) {
        g_main_context_iteration(NULL, FALSE);
    }
    g_source_destroy(source);
    g_source_unref(source);
    return reported;
}

static void test_watch_is_ready_for_reading_and_writing(void)
{
    g_autoptr(QIOChannelBuffer) buffer = qio_channel_buffer_new(0);
    QIOChannel *ioc = QIO_CHANNEL(buffer);

    /* At the end of the data as well. */
    g_assert_cmpint(watched(ioc, G_IO_IN), ==, G_IO_IN);
    g_assert_cmpint(watched(ioc, G_IO_OUT), ==, G_IO_OUT);
    g_assert_cmpint(watched(ioc, G_IO_IN | G_IO_OUT | G_IO_HUP | G_IO_ERR),
                    ==, G_IO_IN | G_IO_OUT);
    g_assert_cmpint(watched(ioc, G_IO_HUP | G_IO_ERR | G_IO_PRI), ==, -1);
    g_assert_cmpint(watched(ioc, 0), ==, -1);
    g_assert_cmpuint(OBJECT(ioc)->ref, ==, 1);
    qio_channel_wait(ioc, G_IO_IN);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/buffer/new", test_new);
    testing_add("/buffer/growth", test_growth_is_exact);
    testing_add("/buffer/write", test_write_of_several_elements);
    testing_add("/buffer/read", test_read_across_elements_to_the_end);
    testing_add("/buffer/fields", test_callers_change_the_fields);
    testing_add("/buffer/gap", test_gap_is_zeroed_and_nothing_else);
    testing_add("/buffer/append", test_write_after_seeking_back_appends);
    testing_add("/buffer/seek", test_seek);
    testing_add("/buffer/bad-seek", test_bad_seeks_change_nothing);
    testing_add("/buffer/too-large", test_writes_that_are_too_large);
    testing_add("/buffer/close", test_close_and_use_again);
    testing_add("/buffer/blocking", test_blocking_mode_has_no_effect);
    testing_add("/buffer/watch", test_watch_is_ready_for_reading_and_writing);
    return g_test_run();
}
