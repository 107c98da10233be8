/*
 * Both ends of a WebSocket connection, for peers that are not ours.
 *
 *   websock-echo server [DIRECTORY]              prints its port; sends back what it gets;
 *                                                with certificates for it, over TLS
 *   websock-echo client PORT PATH PROTOCOL SIZE  sends SIZE bytes and wants them back;
 *                                                PROTOCOL may be -
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#define QIO_CHANNEL_EXTENSIONS
#include <arpa/inet.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include "crypto/tlscreds.h"
#include "io/channel-tls.h"
#include "io/channel-util.h"
#include "io/channel-websock.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "qom/object_interfaces.h"

/* What the server speaks TLS with, or NULL. */
static QCryptoTLSCreds *credentials;

static gboolean echo(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    g_autofree char *buffer = g_malloc(65536);
    ssize_t count = qio_channel_read(ioc, buffer, 65536, NULL);

    if (count == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (count > 0 && qio_channel_write_all(ioc, buffer, count, NULL) == 0) {
        return G_SOURCE_CONTINUE;
    }
    return G_SOURCE_REMOVE;
}

static void serve(QIOTask *task, gpointer opaque)
{
    QIOChannel *ioc = QIO_CHANNEL(opaque);

    if (qio_task_propagate_error(task, NULL)) {
        qio_channel_close(ioc, NULL);
        return;
    }
    /* The watch holds the only reference from here on. */
    qio_channel_add_watch(ioc, G_IO_IN, echo, NULL, NULL);
}

static void unref(gpointer object)
{
    object_unref(OBJECT(object));
}

static void shake_hands(QIOChannel *master)
{
    QIOChannelWebsock *websock = qio_channel_websock_new_server(master);

    qio_channel_websock_handshake(websock, serve, websock, unref);
}

static void secured(QIOTask *task, gpointer opaque)
{
    QIOChannel *tls = QIO_CHANNEL(opaque);

    if (qio_task_propagate_error(task, NULL)) {
        qio_channel_close(tls, NULL);
        return;
    }
    shake_hands(tls);
}

static gboolean accept_one(gint listener, GIOCondition condition, gpointer opaque)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    QIOChannel *master = qio_channel_new_fd(fd, &error_abort);
    QIOChannelTLS *tls;

    qio_channel_set_blocking(master, false, &error_abort);
    if (credentials) {
        tls = qio_channel_tls_new_server(master, credentials, NULL, &error_abort);
        qio_channel_tls_handshake(tls, secured, tls, unref, NULL);
    } else {
        shake_hands(master);
    }
    object_unref(OBJECT(master));
    return G_SOURCE_CONTINUE;
}

/* Credentials of a server that lets every client in. */
static QCryptoTLSCreds *load_credentials(const char *directory)
{
    Object *object = object_new("tls-creds-x509");

    object_property_set_str(object, "endpoint", "server", &error_fatal);
    object_property_set_str(object, "dir", directory, &error_fatal);
    object_property_set_bool(object, "verify-peer", false, &error_fatal);
    object_property_add_child(object_get_objects_root(), "credentials", object);
    user_creatable_complete(USER_CREATABLE(object), &error_fatal);
    object_unref(object);
    return QCRYPTO_TLS_CREDS(object);
}

static int run_server(const char *directory)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    credentials = directory ? load_credentials(directory) : NULL;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 10) < 0
        || getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
        perror("listen");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    g_unix_fd_add(fd, G_IO_IN, accept_one, NULL);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}

typedef struct Client {
    bool done;
    Error *err;
    QIOChannel *ioc;
    char *data;
    size_t size;
} Client;

static void opened(QIOTask *task, gpointer opaque)
{
    Client *client = opaque;

    qio_task_propagate_error(task, &client->err);
    client->done = true;
}

static gpointer send_all(gpointer opaque)
{
    Client *client = opaque;

    return GINT_TO_POINTER(qio_channel_write_all(client->ioc, client->data, client->size, NULL));
}

static int run_client(int port, const char *path, const char *protocol, size_t size)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    g_autofree char *host = g_strdup_printf("127.0.0.1:%d", port);
    g_autofree char *received = g_malloc(size + 1);
    Client client = { .data = g_malloc(size + 1), .size = size };
    QIOChannel *master;
    QIOChannelWebsock *websock;
    GThread *thread;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), result = 1;
    size_t i;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror("connect");
        return 1;
    }
    for (i = 0; i < size; i++) {
        client.data[i] = i * 31 + (i >> 8);
    }
    master = qio_channel_new_fd(fd, &error_fatal);
    websock = qio_channel_websock_new_client(master, host, path,
                                             strcmp(protocol, "-") ? protocol : NULL,
                                             &error_fatal);
    object_unref(OBJECT(master));
    client.ioc = QIO_CHANNEL(websock);
    qio_channel_websock_handshake(websock, opened, &client, NULL);
    while (!client.done) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (client.err) {
        printf("%s\n", error_get_pretty(client.err));
        error_free(client.err);
    } else {
        thread = g_thread_new("sender", send_all, &client);
        result = qio_channel_read_all(client.ioc, received, size, &error_fatal)
            || memcmp(received, client.data, size);
        result |= GPOINTER_TO_INT(g_thread_join(thread));
        puts(result ? "different" : "the same");
    }
    qio_channel_close(client.ioc, NULL);
    object_unref(OBJECT(client.ioc));
    g_free(client.data);
    return result ? 1 : 0;
}

int main(int argc, char **argv)
{
    module_call_init(MODULE_INIT_QOM);
    if ((argc == 2 || argc == 3) && !strcmp(argv[1], "server")) {
        return run_server(argv[2]);
    }
    if (argc == 6 && !strcmp(argv[1], "client")) {
        return run_client(atoi(argv[2]), argv[3], argv[4], strtoul(argv[5], NULL, 10));
    }
    fprintf(stderr, "usage: %s server [DIRECTORY] | client PORT PATH PROTOCOL SIZE\n", argv[0]);
    return 2;
}
