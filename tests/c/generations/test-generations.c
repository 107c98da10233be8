/*
 * Files of several generations in one program; this one is of the current one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-null.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "expect-abort.h"
#include "generations.h"
#include "testing.h"

G_STATIC_ASSERT(QIO_CHANNEL_API_VERSION == 0x070100);

/* Names of extensions are free in files that do not ask for them. */
static int qio_channel_preadv(int n)
{
    return n + 1;
}

static const size_t layout[GENERATION_LAYOUT_FACTS] = GENERATION_LAYOUT;

static void test_layout(void)
{
    g_assert_cmpmem(generation_2_11_layout, sizeof(layout), layout, sizeof(layout));
    g_assert_cmpmem(generation_2_12_layout, sizeof(layout), layout, sizeof(layout));
    g_assert_cmpmem(generation_6_0_layout, sizeof(layout), layout, sizeof(layout));
    g_assert_cmpmem(generation_v7_layout, sizeof(layout), layout, sizeof(layout));
    g_assert_cmpint(qio_channel_preadv(1), ==, 2);
}

/* A class of today over an old one over another old one. */
static ssize_t (*modern_parent)(QIOChannel *ioc, const struct iovec *iov,
                                size_t niov, int *fds, size_t nfds, int flags,
                                Error **errp);

static ssize_t modern_writev(QIOChannel *ioc, const struct iovec *iov,
                             size_t niov, int *fds, size_t nfds, int flags,
                             Error **errp)
{
    struct iovec less = { .iov_base = iov[0].iov_base, .iov_len = 1 };

    return modern_parent(ioc, &less, 1, fds, nfds, flags, errp);
}

static void modern_class_init(ObjectClass *klass, void *data)
{
    modern_parent = QIO_CHANNEL_CLASS(klass)->io_writev;
    QIO_CHANNEL_CLASS(klass)->io_writev = modern_writev;
}

static const TypeInfo modern_info = {
    .name = "generation-modern",
    .parent = TYPE_COUNTING,
    .class_init = modern_class_init,
};

static void modern_register_types(void)
{
    type_register_static(&modern_info);
}

type_init(modern_register_types);

static void test_modern_over_old(void)
{
    QIOChannel *ioc = QIO_CHANNEL(object_new("generation-modern"));
    QIOChannelBuffer *buffer = QIO_CHANNEL_BUFFER(ioc);

    g_assert_cmpint(qio_channel_write(ioc, "Abc", 3, &error_abort), ==, 1);
    g_assert_cmpint(qio_channel_write_all(ioc, "Abc", 3, &error_abort), ==, 0);
    g_assert_cmpmem(buffer->data, buffer->usage, "aaBC", 4);
    g_assert_cmpint(qio_channel_flush(ioc, &error_abort), ==, 0);
    object_unref(OBJECT(ioc));
}

static ssize_t old_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov,
                          int *fds, size_t nfds, Error **errp)
{
    error_setg(errp, "old function");
    return -1;
}

QIO_CHANNEL_WRAP_WRITEV6(wrapped_writev, old_writev)

static void kept_class_init(ObjectClass *klass, void *data)
{
    QIO_CHANNEL_CLASS(klass)->io_writev = wrapped_writev;
}

static void set_class_init(ObjectClass *klass, void *data)
{
    g_assert_true(qio_api_class_set_writev6(QIO_CHANNEL_CLASS(klass), old_writev));
}

/* An old function in a file of today. */
static void test_helpers(void)
{
    static const TypeInfo infos[] = {
        { .name = "generation-kept", .parent = TYPE_QIO_CHANNEL_BUFFER,
          .class_init = kept_class_init },
        { .name = "generation-set", .parent = TYPE_QIO_CHANNEL_BUFFER,
          .class_init = set_class_init },
    };

    for (size_t i = 0; i < ARRAY_SIZE(infos); i++) {
        QIOChannel *ioc;
        Error *err = NULL;

        type_register_static(&infos[i]);
        ioc = QIO_CHANNEL(object_new(infos[i].name));
        g_assert_cmpint(qio_channel_write(ioc, "x", 1, &err), ==, -1);
        g_assert_cmpstr(error_get_pretty(err), ==, "old function");
        error_free(err);
        object_unref(OBJECT(ioc));
    }
}

/* There is an end to old classes. */
static void use_all(void)
{
    QIOChannelClass *klass =
        QIO_CHANNEL_CLASS(object_class_by_name(TYPE_QIO_CHANNEL_BUFFER));
    int count = 0;

    while (qio_api_class_set_writev6(klass, old_writev)) {
        g_assert_cmpint(++count, <=, 64);
    }
    object_unref(object_new(TYPE_SWAP_CASE));
}

static void test_too_many(void)
{
    EXPECT_ABORT(use_all(), "*" TYPE_SWAP_CASE "*64*");
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/generations/layout", test_layout);
    testing_add("/generations/modern-over-old", test_modern_over_old);
    testing_add("/generations/helpers", test_helpers);
    testing_add("/generations/too-many", test_too_many);
    generation_2_11_add_tests();
    generation_2_12_add_tests();
    generation_6_0_add_tests();
    generation_v7_add_tests();
    return g_test_run();
}
