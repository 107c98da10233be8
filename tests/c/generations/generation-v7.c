/*
 * A caller and a class as they were written for the proposal of zero-copy writes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "generations.h"
#include "testing.h"

const size_t generation_v7_layout[] = GENERATION_LAYOUT;

static int seen_flags = -1;
static int flushed;

static ssize_t v7_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov,
                         int *fds, size_t nfds, int flags, Error **errp)
{
    seen_flags = flags;
    return iov[0].iov_len;
}

static int v7_flush(QIOChannel *ioc, Error **errp)
{
    flushed++;
    return 1;
}

static void v7_init(Object *obj)
{
    qio_channel_set_feature(QIO_CHANNEL(obj),
                            QIO_CHANNEL_FEATURE_WRITE_ZERO_COPY);
}

static void v7_class_init(ObjectClass *klass, void *data)
{
    QIO_CHANNEL_CLASS(klass)->io_writev = v7_writev;
    QIO_CHANNEL_CLASS(klass)->io_flush = v7_flush;
}

static const TypeInfo v7_info = {
    .name = "generation-v7",
    .parent = TYPE_QIO_CHANNEL_BUFFER,
    .instance_init = v7_init,
    .class_init = v7_class_init,
};

static void v7_register_types(void)
{
    type_register_static(&v7_info);
}

type_init(v7_register_types);

static void test_flags(void)
{
    QIOChannel *ioc = QIO_CHANNEL(object_new("generation-v7"));
    struct iovec iov = { .iov_base = (char *)"x", .iov_len = 1 };
    int fd = 0;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_writev_full_flags(
                        ioc, &iov, 1, NULL, 0, QIO_CHANNEL_WRITE_FLAG_ZERO_COPY,
                        &error_abort), ==, 1);
    g_assert_cmpint(seen_flags, ==, QIO_CHANNEL_WRITE_FLAG_ZERO_COPY);
    g_assert_cmpint(qio_channel_writev_full(ioc, &iov, 1, NULL, 0, &error_abort),
                    ==, 1);
    g_assert_cmpint(seen_flags, ==, 0);
    g_assert_cmpint(qio_channel_writev_full_all_flags(
                        ioc, &iov, 1, NULL, 0, QIO_CHANNEL_WRITE_FLAG_ZERO_COPY,
                        &error_abort), ==, 0);
    g_assert_cmpint(seen_flags, ==, QIO_CHANNEL_WRITE_FLAG_ZERO_COPY);
    g_assert_cmpint(qio_channel_writev_full_all(ioc, &iov, 1, NULL, 0,
                                                &error_abort), ==, 0);
    g_assert_cmpint(seen_flags, ==, 0);
    g_assert_cmpint(qio_channel_flush(ioc, &error_abort), ==, 1);
    g_assert_cmpint(flushed, ==, 1);

    /* An error, and no end of the program. */
    g_assert_cmpint(qio_channel_writev_full_all_flags(
                        ioc, &iov, 1, &fd, 1, QIO_CHANNEL_WRITE_FLAG_ZERO_COPY,
                        &err), ==, -1);
    g_assert_nonnull(err);
    error_free(err);
    object_unref(OBJECT(ioc));
}

void generation_v7_add_tests(void)
{
    testing_add("/generations/v7/flags", test_flags);
}
