/*
 * WebSocket over other masters: TLS, and a class in C that stutters.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-link.h"
#define QIO_CHANNEL_EXTENSIONS
#include <sys/socket.h>
#include "websock.h"
#include "io/channel-watch.h"
#include "testing.h"

/*
 * A channel class of a program: moves a few bytes at a time, and would block every
 * other time although it was said to be ready.
 */
#define TYPE_STUTTER "stutter-channel"
OBJECT_DECLARE_SIMPLE_TYPE(Stutter, STUTTER)

struct Stutter {
    QIOChannel parent;
    int fd;
    size_t limit;
    bool blocks_next_read;
    bool blocks_next_write;
};

static ssize_t stutter(bool *blocks, ssize_t count)
{
    *blocks = true;
    return count < 0 && errno == EAGAIN ? QIO_CHANNEL_ERR_BLOCK : count;
}

static ssize_t stutter_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds,
                             size_t *nfds, Error **errp)
{
    Stutter *self = STUTTER(ioc);

    if (self->blocks_next_read) {
        self->blocks_next_read = false;
        return QIO_CHANNEL_ERR_BLOCK;
    }
    /* A class without an idea of vectors. */
    g_assert_cmpuint(niov, ==, 1);
    return stutter(&self->blocks_next_read,
                   recv(self->fd, iov[0].iov_base, MIN(iov[0].iov_len, self->limit),
                        MSG_DONTWAIT));
}

static ssize_t stutter_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds,
                              size_t nfds, int flags, Error **errp)
{
    Stutter *self = STUTTER(ioc);

    if (self->blocks_next_write) {
        self->blocks_next_write = false;
        return QIO_CHANNEL_ERR_BLOCK;
    }
    return stutter(&self->blocks_next_write,
                   send(self->fd, iov[0].iov_base, MIN(iov[0].iov_len, self->limit),
                        MSG_DONTWAIT | MSG_NOSIGNAL));
}

static int stutter_close(QIOChannel *ioc, Error **errp)
{
    Stutter *self = STUTTER(ioc);

    close(self->fd);
    self->fd = -1;
    return 0;
}

static GSource *stutter_create_watch(QIOChannel *ioc, GIOCondition condition)
{
    return qio_channel_create_fd_watch(ioc, STUTTER(ioc)->fd, condition);
}

static int stutter_set_blocking(QIOChannel *ioc, bool enabled, Error **errp)
{
    return 0;
}

static void stutter_class_init(ObjectClass *klass, void *data)
{
    QIOChannelClass *class = QIO_CHANNEL_CLASS(klass);

    class->io_readv = stutter_readv;
    class->io_writev = stutter_writev;
    class->io_close = stutter_close;
    class->io_create_watch = stutter_create_watch;
    class->io_set_blocking = stutter_set_blocking;
}

static const TypeInfo stutter_info = {
    .name = TYPE_STUTTER,
    .parent = TYPE_QIO_CHANNEL,
    .instance_size = sizeof(Stutter),
    .class_init = stutter_class_init,
};

/* A subclass in C of the WebSocket class, with a field of its own. */
typedef struct Derived {
    QIOChannelWebsock parent;
    int more;
} Derived;

static const TypeInfo derived_info = {
    .name = "derived-websock",
    .parent = TYPE_QIO_CHANNEL_WEBSOCK,
    .instance_size = sizeof(Derived),
};

static void test_subclass(void)
{
    Object *object = object_new("derived-websock");

    ((Derived *)object)->more = 7;
    object_unref(object);
}

/* The handshake, input and output through a master that stutters. */
static void test_stutter(void)
{
    static const size_t limits[] = { 1, 7, 5000 };
    g_autofree char *data = pattern_new(20000);
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(limits); i++) {
        Stutter *master = STUTTER(object_new(TYPE_STUTTER));
        g_autofree char *received = g_malloc(20000);
        size_t have = 0, replied = 0;
        char reply[184];
        int fds[2];
        Pair pair;

        testing_socket_pair(fds);
        master->fd = fds[0];
        master->limit = limits[i];
        pair_init_over(&pair, QIO_CHANNEL(master));
        pair.peer = fds[1];
        pair_handshake(&pair);
        peer_send(&pair, REQUEST, strlen(REQUEST));
        /* Read at once: small pieces fill a socket soon. */
        while (!pair.outcome.called || replied < sizeof(reply)) {
            ssize_t count = recv(pair.peer, reply + replied, sizeof(reply) - replied,
                                 MSG_DONTWAIT);

            replied += MAX(count, 0);
            g_main_context_iteration(NULL, FALSE);
        }
        g_assert_cmpstr(pair.outcome.message, ==, NULL);

        peer_frame(&pair, 0x89, "ping", 4);
        peer_frame(&pair, 0x82, data, 20000);
        while (have < 20000) {
            ssize_t count = qio_channel_read(pair.ioc, received + have, 20000 - have,
                                             &error_abort);

            g_assert_cmpint(count, !=, 0);
            have += MAX(count, 0);
        }
        g_assert_cmpmem(received, 20000, data, 20000);
        peer_expect(&pair, "\x8a\x04ping", 6);

        g_assert_cmpint(qio_channel_write(pair.ioc, data, 20000, &error_abort), ==, 20000);
        peer_expect(&pair, "\x82\x7e\x4e\x20", 4);
        peer_expect(&pair, data, 20000);
        shutdown(pair.peer, SHUT_WR);
        while (qio_channel_read(pair.ioc, received, 1, &error_abort) != 0) {
        }
        qio_channel_close(pair.ioc, &error_abort);
        assert_idle();
        pair_done(&pair);
    }
}

/* WebSocket over TLS over sockets, both ends ours. */
typedef struct Secure {
    Link link;
    Pair server;
    Pair client;
} Secure;

static void secure_open(Secure *secure, bool tls13)
{
    link_open(&secure->link, tls13);
    memset(&secure->client, 0, sizeof(secure->client));
    pair_init_over(&secure->server, secure->link.server);
    secure->client.peer = -1;
    secure->client.master = secure->link.client;
    secure->client.websock = qio_channel_websock_new_client(secure->link.client, "localhost", NULL,
                                                            "binary", &error_abort);
    secure->client.ioc = QIO_CHANNEL(secure->client.websock);
    pair_handshake(&secure->server);
    pair_handshake(&secure->client);
    run_until(&secure->server.outcome.called);
    run_until(&secure->client.outcome.called);
    g_assert_cmpstr(secure->server.outcome.message, ==, NULL);
    g_assert_cmpstr(secure->client.outcome.message, ==, NULL);
}

static void secure_close(Secure *secure)
{
    g_assert_cmpint(secure->server.ioc->parent.ref, ==, 1);
    object_unref(OBJECT(secure->server.ioc));
    g_assert_cmpint(secure->client.ioc->parent.ref, ==, 1);
    object_unref(OBJECT(secure->client.ioc));
    link_close(&secure->link);
}

typedef struct Reader {
    GByteArray *data;
    int complete;
    size_t wanted;
} Reader;

static gboolean read_some(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    Reader *reader = opaque;
    char buffer[1000];
    ssize_t count = qio_channel_read(ioc, buffer, sizeof(buffer), &error_abort);

    if (count > 0) {
        g_byte_array_append(reader->data, (uint8_t *)buffer, count);
    }
    reader->complete = reader->data->len >= reader->wanted;
    return G_SOURCE_CONTINUE;
}

/* A record holds more than one read takes: the rest comes without more traffic. */
static void test_tls_burst(void)
{
    enum { SIZE = 20 * 1024 };
    g_autofree char *data = pattern_new(SIZE);
    int tls13;

    for (tls13 = 0; tls13 < 2; tls13++) {
        Reader reader = { .data = g_byte_array_new(), .wanted = SIZE };
        Secure secure;
        guint tag;

        secure_open(&secure, tls13);
        tag = qio_channel_add_watch(secure.server.ioc, G_IO_IN, read_some, &reader, NULL);
        g_assert_cmpint(qio_channel_write_all(secure.client.ioc, data, SIZE, &error_abort), ==, 0);
        run_until(&reader.complete);
        g_assert_cmpmem(reader.data->data, reader.data->len, data, SIZE);
        g_source_remove(tag);
        g_byte_array_unref(reader.data);
        secure_close(&secure);
    }
}

/* Output that TLS refused half-way goes on with more behind it, and stays intact. */
static void test_tls_blocked_output(void)
{
    enum { SIZE = 4 << 20 };
    g_autofree char *data = pattern_new(SIZE);
    Reader reader = { .data = g_byte_array_new(), .wanted = SIZE };
    size_t sent = 0;
    Secure secure;
    guint tag;

    secure_open(&secure, true);
    while (sent < SIZE) {
        size_t part = MIN(1 + sent % 70001, SIZE - sent);
        ssize_t count = qio_channel_write(secure.server.ioc, data + sent, part, &error_abort);

        if (count == QIO_CHANNEL_ERR_BLOCK) {
            read_some(secure.client.ioc, G_IO_IN, &reader);
            g_main_context_iteration(NULL, FALSE);
        } else {
            g_assert_cmpint(count, >, 0);
            sent += count;
        }
    }
    tag = qio_channel_add_watch(secure.client.ioc, G_IO_IN, read_some, &reader, NULL);
    run_until(&reader.complete);
    g_assert_cmpmem(reader.data->data, reader.data->len, data, SIZE);
    g_source_remove(tag);
    g_byte_array_unref(reader.data);
    secure_close(&secure);
}

static void test_tls_close(void)
{
    g_autofree char *message = NULL;
    Secure secure;

    secure_open(&secure, true);
    qio_channel_close(secure.client.ioc, &error_abort);
    qio_channel_wait(secure.server.ioc, G_IO_IN);
    message = expect_error(&secure.server);
    g_assert_nonnull(strstr(message, "1000"));
    qio_channel_close(secure.server.ioc, NULL);
    assert_idle();
    secure_close(&secure);
}

int main(int argc, char **argv)
{
    Secure secure;

    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    type_register_static(&stutter_info);
    type_register_static(&derived_info);
    /* The first channels make things that are kept. */
    secure_open(&secure, true);
    secure_close(&secure);
    testing_add("/websock/masters/subclass", test_subclass);
    testing_add("/websock/masters/stutter", test_stutter);
    testing_add("/websock/tls/burst", test_tls_burst);
    testing_add("/websock/tls/blocked-output", test_tls_blocked_output);
    testing_add("/websock/tls/close", test_tls_close);
    return g_test_run();
}
