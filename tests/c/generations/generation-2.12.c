/*
 * A caller as it was written for QEMU 2.12.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-socket.h"
#include "io/net-listener.h"
#include "qapi/error.h"
#include "generations.h"
#include "testing.h"

const size_t generation_2_12_layout[] = GENERATION_LAYOUT;

static void note_task(QIOTask *task, gpointer opaque)
{
    g_assert_false(qio_task_propagate_error(task, NULL));
    *(int *)opaque += 1;
}

static SocketAddress *loopback(void)
{
    SocketAddress *addr = g_new0(SocketAddress, 1);

    addr->type = SOCKET_ADDRESS_TYPE_INET;
    addr->u.inet.host = g_strdup("127.0.0.1");
    addr->u.inet.port = g_strdup("0");
    return addr;
}

static void test_listener(void)
{
    QIONetListener *listener = qio_net_listener_new();
    SocketAddress *addr = loopback();

    g_assert_cmpint(qio_net_listener_open_sync(listener, addr, &error_abort),
                    ==, 0);
    g_assert_true(qio_net_listener_is_connected(listener));
    g_assert_nonnull(QIO_NET_LISTENER_GET_CLASS(listener));
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
    qapi_free_SocketAddress(addr);
}

/* The tasks have contexts, but no number of clients. */
static void test_contexts(void)
{
    GMainContext *context = g_main_context_new();
    QIOChannelSocket *listener = qio_channel_socket_new();
    QIOChannelSocket *client = qio_channel_socket_new();
    SocketAddress *addr = loopback(), *bound;
    int count = 0;

    qio_channel_socket_listen_async(listener, addr, note_task, &count, NULL,
                                    context);
    while (count < 1) {
        g_main_context_iteration(context, TRUE);
    }
    bound = qio_channel_socket_get_local_address(listener, &error_abort);
    qio_channel_socket_connect_async(client, bound, note_task, &count, NULL,
                                     context);
    while (count < 2) {
        g_main_context_iteration(context, TRUE);
    }
    object_unref(OBJECT(client));
    object_unref(OBJECT(listener));
    qapi_free_SocketAddress(addr);
    qapi_free_SocketAddress(bound);
    g_main_context_unref(context);
}

/* Descriptors go by six arguments, and a refusal is told. */
static void test_refusal(void)
{
    QIOChannel *ioc = generation_2_11_new_channel();
    struct iovec iov = { .iov_base = (char *)"x", .iov_len = 1 };
    int fd = 0;
    Error *err = NULL;

    g_assert_cmpint(qio_channel_writev_full(ioc, &iov, 1, &fd, 1, &err), ==, -1);
    g_assert_nonnull(err);
    error_free(err);
    object_unref(OBJECT(ioc));
}

void generation_2_12_add_tests(void)
{
    testing_add("/generations/2.12/listener", test_listener);
    testing_add("/generations/2.12/contexts", test_contexts);
    testing_add("/generations/2.12/refusal", test_refusal);
}
