/*
 * A caller that uses the class through the library and through the vtable.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "rot13.h"
#include "qapi/error.h"

/* The header set that the class and the caller see must be the one asked for. */
#if defined(QIO_CHANNEL_HOSTED) != EXPECT_HOSTED
#error "the wrong set of headers"
#endif

int main(void)
{
    g_autoptr(Rot13) rot13 = rot13_new();
    QIOChannel *ioc = QIO_CHANNEL(rot13);
    struct iovec iov[] = { { (char *)"hello, ", 7 }, { (char *)"world", 5 } };
    char text[13] = "";
    Error *err = NULL;

    g_assert_cmpint(qio_channel_writev_all(ioc, iov, 2, NULL), ==, 0);
    g_assert_cmpint(rot13->written, ==, 12);
    g_assert_cmpint(QIO_CHANNEL_BUFFER(ioc)->usage, ==, 12);
    /* What was written is read from the start. */
    QIO_CHANNEL_BUFFER(ioc)->offset = 0;
    g_assert_cmpint(qio_channel_read_all_eof(ioc, text, 12, NULL), ==, 1);
    g_assert_cmpstr(text, ==, "uryyb, jbeyq");
    g_assert_cmpint(QIO_CHANNEL_GET_CLASS(ioc)->io_flush(ioc, NULL), ==, 1);
    g_assert_cmpint(qio_channel_close(ioc, NULL), ==, 0);
    g_assert_cmpint(qio_channel_write(ioc, "x", 1, &err), ==, -1);
    g_assert_cmpstr(error_get_pretty(err), ==,
                    "rot13 channel is closed after 12 bytes");
    error_free(err);
    return 0;
}
