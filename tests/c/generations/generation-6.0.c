/*
 * A caller and classes as they were written for QEMU 6.0: one class over one of 2.11,
 * and one over sockets.
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

const size_t generation_6_0_layout[] = GENERATION_LAYOUT;

typedef ssize_t (*WriteFunction)(QIOChannel *ioc, const struct iovec *iov,
                                 size_t niov, int *fds, size_t nfds,
                                 Error **errp);

static WriteFunction counting_parent, socket_parent;
static size_t counted;

static ssize_t counting_writev(QIOChannel *ioc, const struct iovec *iov,
                               size_t niov, int *fds, size_t nfds, Error **errp)
{
    counted += iov[0].iov_len;
    return counting_parent(ioc, iov, niov, fds, nfds, errp);
}

static void counting_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClass *ioc_klass = QIO_CHANNEL_CLASS(klass);

    counting_parent = ioc_klass->io_writev;
    ioc_klass->io_writev = counting_writev;
}

static ssize_t socket_writev(QIOChannel *ioc, const struct iovec *iov,
                             size_t niov, int *fds, size_t nfds, Error **errp)
{
    if (iov[0].iov_len == 13) {
        error_setg(errp, "bad luck");
        return -1;
    }
    return socket_parent(ioc, iov, niov, fds, nfds, errp);
}

static void socket_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClass *ioc_klass = QIO_CHANNEL_CLASS(klass);

    socket_parent = ioc_klass->io_writev;
    ioc_klass->io_writev = socket_writev;
}

/* Leaves the write function alone. */
static void quiet_class_init(ObjectClass *klass, void *data)
{
}

static void no_write_class_init(ObjectClass *klass, void *data)
{
    QIO_CHANNEL_CLASS(klass)->io_writev = NULL;
}

static const TypeInfo types[] = {
    {
        .name = TYPE_COUNTING,
        .parent = TYPE_SWAP_CASE,
        .class_init = counting_class_init,
    }, {
        .name = "generation-6.0-socket",
        .parent = TYPE_QIO_CHANNEL_SOCKET,
        .class_init = socket_class_init,
    }, {
        .name = "generation-6.0-quiet",
        .parent = TYPE_QIO_CHANNEL_BUFFER,
        .class_init = quiet_class_init,
    }, {
        .name = "generation-6.0-no-write",
        .parent = TYPE_QIO_CHANNEL_BUFFER,
        .class_init = no_write_class_init,
    }, {
        .name = "generation-6.0-object",
        .parent = TYPE_OBJECT,
        .class_init = quiet_class_init,
    },
};

DEFINE_TYPES(types)

static void test_chain(void)
{
    QIOChannel *ioc = QIO_CHANNEL(object_new(TYPE_COUNTING));
    QIOChannelBuffer *buffer = QIO_CHANNEL_BUFFER(ioc);
    struct iovec iov = { .iov_base = (char *)"Chain", .iov_len = 5 };

    counted = 0;
    g_assert_cmpint(qio_channel_writev_full_all(ioc, &iov, 1, NULL, 0,
                                                &error_abort), ==, 0);
    g_assert_cmpuint(counted, ==, 5);
    g_assert_cmpmem(buffer->data, buffer->usage, "cHAIN", 5);
    object_unref(OBJECT(ioc));
}

static void test_socket(void)
{
    QIOChannelSocket *sioc =
        QIO_CHANNEL_SOCKET(object_new("generation-6.0-socket"));
    QIOChannel *ioc = QIO_CHANNEL(sioc);
    struct iovec good = { .iov_base = (char *)"good", .iov_len = 4 };
    struct iovec bad = { .iov_base = (char *)"thirteen byte", .iov_len = 13 };
    char text[5] = "";
    int fds[2];
    Error *err = NULL;

    testing_socket_pair(fds);
    sioc->fd = fds[0];
    g_assert_cmpint(qio_channel_writev_full_all(ioc, &good, 1, NULL, 0,
                                                &error_abort), ==, 0);
    g_assert_cmpint(read(fds[1], text, 4), ==, 4);
    g_assert_cmpstr(text, ==, "good");
    g_assert_cmpint(qio_channel_writev_full_all(ioc, &bad, 1, NULL, 0, &err),
                    ==, -1);
    g_assert_cmpstr(error_get_pretty(err), ==, "bad luck");
    error_free(err);
    object_unref(OBJECT(ioc));
    close(fds[1]);
}

static void test_slots(void)
{
    QIOChannel *ioc = QIO_CHANNEL(object_new("generation-6.0-quiet"));
    QIOChannelClass *quiet = QIO_CHANNEL_GET_CLASS(ioc);
    QIOChannelClass *parent =
        QIO_CHANNEL_CLASS(object_class_by_name(TYPE_QIO_CHANNEL_BUFFER));

    g_assert_true(quiet->io_writev == parent->io_writev);
    g_assert_cmpint(qio_channel_write(ioc, "x", 1, &error_abort), ==, 1);
    object_unref(OBJECT(ioc));
    ioc = QIO_CHANNEL(object_new("generation-6.0-no-write"));
    g_assert_null(QIO_CHANNEL_GET_CLASS(ioc)->io_writev);
    object_unref(OBJECT(ioc));
    object_unref(object_new("generation-6.0-object"));
}

void generation_6_0_add_tests(void)
{
    testing_add("/generations/6.0/chain", test_chain);
    testing_add("/generations/6.0/socket", test_socket);
    testing_add("/generations/6.0/slots", test_slots);
}
