/*
 * Data through TLS channels: records, short writes, vectors, threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-link.h"
#include "testing.h"

enum { CHUNK = 4194, CHUNKS = 250 };

/* One direction of a transfer. */
typedef struct Flow {
    QIOChannel *channel;
    struct iovec iov[CHUNKS];
    char *data;
} Flow;

static void flow_init(Flow *flow, QIOChannel *channel, bool fill)
{
    flow->channel = channel;
    flow->data = g_malloc0(CHUNK * CHUNKS);
    for (size_t i = 0; fill && i < CHUNK * CHUNKS; i++) {
        flow->data[i] = (char)(i * 7 + i / 251);
    }
    for (size_t i = 0; i < CHUNKS; i++) {
        flow->iov[i] = (struct iovec){ flow->data + i * CHUNK, CHUNK };
    }
}

static gpointer write_flow(gpointer data)
{
    Flow *flow = data;

    qio_channel_writev_all(flow->channel, flow->iov, CHUNKS, &error_abort);
    return NULL;
}

static gpointer read_flow(gpointer data)
{
    Flow *flow = data;

    qio_channel_readv_all(flow->channel, flow->iov, CHUNKS, &error_abort);
    return NULL;
}

/* A reader and a writer thread on each end, all at once. */
static void check_both_directions(bool tls13, bool blocking)
{
    Flow to_server, from_client, to_client, from_server;
    GThread *threads[4];
    Link link;

    link_open(&link, tls13);
    link_set_blocking(&link, blocking);
    flow_init(&to_server, link.client, true);
    flow_init(&from_client, link.server, false);
    flow_init(&to_client, link.server, true);
    flow_init(&from_server, link.client, false);
    threads[0] = g_thread_new("a", write_flow, &to_server);
    threads[1] = g_thread_new("b", read_flow, &from_client);
    threads[2] = g_thread_new("c", write_flow, &to_client);
    threads[3] = g_thread_new("d", read_flow, &from_server);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpmem(to_server.data, CHUNK * CHUNKS, from_client.data, CHUNK * CHUNKS);
    g_assert_cmpmem(to_client.data, CHUNK * CHUNKS, from_server.data, CHUNK * CHUNKS);
    g_free(to_server.data);
    g_free(from_client.data);
    g_free(to_client.data);
    g_free(from_server.data);
    link_close(&link);
}

static void test_both_directions(void)
{
    for (int i = 0; i < 4; i++) {
        check_both_directions(i & 1, i & 2);
    }
}

/* The records in what `channel`, a master, received. */
static unsigned count_records(QIOChannel *channel)
{
    g_autofree unsigned char *data = g_malloc(1 << 20);
    ssize_t count = qio_channel_read(channel, (char *)data, 1 << 20, &error_abort);
    unsigned records = 0;

    for (ssize_t at = 0; at < count; at += 5 + data[at + 3] * 256 + data[at + 4]) {
        g_assert_cmpint(data[at], ==, 23);
        records++;
    }
    return records;
}

static void test_records(void)
{
    static char data[70000];
    struct iovec iov[64];
    size_t sent = 0;
    Link link;

    link_open(&link, true);
    link_drain(link.server);
    for (size_t i = 0; i < 64; i++) {
        iov[i] = (struct iovec){ data + i * 256, i == 7 ? 0 : 256 };
    }
    g_assert_cmpint(qio_channel_writev(link.client, iov, 64, &error_abort), ==, 63 * 256);
    g_assert_cmpuint(count_records(link.server_master), ==, 1);
    g_assert_cmpint(qio_channel_write(link.client, data, 70000, &error_abort), ==, 16384);
    g_assert_cmpuint(count_records(link.server_master), ==, 1);
    while (sent < 65536) {
        sent += qio_channel_write(link.client, data, 65536 - sent, &error_abort);
    }
    g_assert_cmpuint(count_records(link.server_master), ==, 4);
    iov[0] = (struct iovec){ data, 20000 };
    iov[1] = (struct iovec){ data, 100 };
    g_assert_cmpint(qio_channel_writev(link.client, iov, 2, &error_abort), ==, 16384);
    g_assert_cmpuint(count_records(link.server_master), ==, 1);
    link_close(&link);
}

static void test_nothing(void)
{
    struct iovec none = { NULL, 0 };
    char byte = 'x', two[2];
    struct iovec gaps[] = { { NULL, 0 }, { two, 1 }, { NULL, 0 }, { two + 1, 1 } };
    Link link;

    link_open(&link, true);
    g_assert_cmpint(qio_channel_writev(link.client, &none, 1, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_readv(link.client, &none, 1, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_readv(link.client, NULL, 0, &error_abort), ==, 0);
    g_assert_cmpint(qio_channel_write(link.client, &byte, 1, &error_abort), ==, 1);
    g_assert_cmpint(qio_channel_write(link.client, "yz", 2, &error_abort), ==, 2);
    /* One call returns one record at most. */
    g_assert_cmpint(qio_channel_readv(link.server, gaps, 4, &error_abort), ==, 1);
    g_assert_cmpint(two[0], ==, 'x');
    g_assert_cmpint(qio_channel_readv(link.server, gaps, 4, &error_abort), ==, 2);
    g_assert_cmpmem(two, 2, "yz", 2);
    link_close(&link);
}

/* A vector whose first element takes the whole record returns at once. */
static void test_exactly_drained(void)
{
    char a[5], b[5];
    struct iovec iov[] = { { a, 5 }, { b, 5 } };
    Link link;

    link_open(&link, true);
    link_set_blocking(&link, true);
    g_assert_cmpint(qio_channel_write(link.client, "hello", 5, &error_abort), ==, 5);
    g_assert_cmpint(qio_channel_readv(link.server, iov, 2, &error_abort), ==, 5);
    link_close(&link);
}

/* Fills the transport until a write would block. Returns what was taken. */
static size_t fill(QIOChannel *channel, const char *data)
{
    size_t taken = 0;
    ssize_t count;

    while ((count = qio_channel_write(channel, data + taken % 251, 10000, &error_abort)) > 0) {
        g_assert_cmpint(count, ==, 10000);
        taken += count;
    }
    g_assert_cmpint(count, ==, QIO_CHANNEL_ERR_BLOCK);
    g_assert_cmpint(errno, ==, EAGAIN);
    return taken;
}

/*
 * After a write would block, its record is sent whatever is offered next; nothing
 * may be lost or sent twice.
 */
static void test_retry_with_other_lengths(void)
{
    static const size_t offers[] = { 10000, 3, 9999, 16384, 10001, 1 };
    g_autofree char *data = g_malloc(20000);

    for (size_t i = 0; i < 20000; i++) {
        data[i] = (char)(i % 251);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(offers); i++) {
        g_autoptr(GByteArray) received = g_byte_array_new();
        size_t sent, total;
        char buffer[4096];
        Link link;

        link_open(&link, true);
        sent = fill(link.client, data);
        total = sent + 50000;
        while (received->len < total) {
            ssize_t count;

            while ((count = qio_channel_read(link.server, buffer, sizeof(buffer),
                                             &error_abort)) > 0) {
                g_byte_array_append(received, (guint8 *)buffer, count);
            }
            if (sent < total) {
                size_t offer = MIN(offers[i], total - sent);

                count = qio_channel_write(link.client, data + sent % 251, offer, &error_abort);
                g_assert_cmpint(count, <=, (ssize_t)offer);
                g_assert_cmpint(count, !=, 0);
                sent += MAX(count, 0);
            }
        }
        for (size_t at = 0; at < total; at++) {
            g_assert_cmpint(received->data[at], ==, at % 251);
        }
        link_close(&link);
    }
}

/* TLS inside TLS. */
static void test_nested(void)
{
    Ending server = { 0 }, client = { 0 };
    QIOChannelTLS *inner_server, *inner_client;
    char buffer[8];
    Link link;

    link_open(&link, true);
    inner_server = qio_channel_tls_new_server(link.server, link.server_creds, NULL,
                                              &error_abort);
    inner_client = qio_channel_tls_new_client(link.client, link.client_creds, "qemu.org",
                                              &error_abort);
    qio_channel_tls_handshake(inner_server, ending_func, &server, NULL, NULL);
    qio_channel_tls_handshake(inner_client, ending_func, &client, NULL, NULL);
    while (!server.calls || !client.calls) {
        g_main_context_iteration(NULL, TRUE);
    }
    tls_no_error(server.err);
    tls_no_error(client.err);
    g_assert_cmpint(qio_channel_write(QIO_CHANNEL(inner_client), "deep", 4, &error_abort), ==,
                    4);
    qio_channel_wait(QIO_CHANNEL(inner_server), G_IO_IN);
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(inner_server), buffer, 2, &error_abort), ==, 2);
    qio_channel_wait(QIO_CHANNEL(inner_server), G_IO_IN);
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(inner_server), buffer, 8, &error_abort), ==, 2);
    g_assert_nonnull(qio_channel_tls_get_session(inner_server));
    object_unref(inner_server);
    object_unref(inner_client);
    link_close(&link);
}

/*
 * A channel class of C over another channel. It moves one byte at a time, and
 * would block every other time.
 */
#define TYPE_RELUCTANT_CHANNEL "reluctant-channel"
OBJECT_DECLARE_SIMPLE_TYPE(ReluctantChannel, RELUCTANT_CHANNEL)

struct ReluctantChannel {
    QIOChannel parent;
    QIOChannel *inner;
    bool reads, writes;
};

static ssize_t reluctant_readv(QIOChannel *ioc, const struct iovec *iov, size_t niov, int **fds,
                               size_t *nfds, Error **errp)
{
    ReluctantChannel *self = RELUCTANT_CHANNEL(ioc);

    g_assert_true(niov == 1 && !fds && !nfds);
    self->reads = !self->reads;
    return self->reads ? QIO_CHANNEL_ERR_BLOCK
                       : qio_channel_read(self->inner, iov->iov_base, 1, errp);
}

static ssize_t reluctant_writev(QIOChannel *ioc, const struct iovec *iov, size_t niov, int *fds,
                                size_t nfds, int flags, Error **errp)
{
    ReluctantChannel *self = RELUCTANT_CHANNEL(ioc);

    g_assert_true(niov == 1 && !fds && !nfds && !flags);
    self->writes = !self->writes;
    return self->writes ? QIO_CHANNEL_ERR_BLOCK
                        : qio_channel_write(self->inner, iov->iov_base, 1, errp);
}

static GSource *reluctant_watch(QIOChannel *ioc, GIOCondition condition)
{
    return qio_channel_create_watch(RELUCTANT_CHANNEL(ioc)->inner, condition);
}

static void reluctant_finalize(Object *object)
{
    object_unref(RELUCTANT_CHANNEL(object)->inner);
}

static void reluctant_class_init(ObjectClass *class, G_GNUC_UNUSED void *data)
{
    QIOChannelClass *channel = QIO_CHANNEL_CLASS(class);

    channel->io_readv = reluctant_readv;
    channel->io_writev = reluctant_writev;
    channel->io_create_watch = reluctant_watch;
}

static const TypeInfo reluctant_info = {
    .name = TYPE_RELUCTANT_CHANNEL,
    .parent = TYPE_QIO_CHANNEL,
    .instance_size = sizeof(ReluctantChannel),
    .instance_finalize = reluctant_finalize,
    .class_init = reluctant_class_init,
};

static QIOChannel *reluctant(QIOChannel *inner)
{
    ReluctantChannel *self = RELUCTANT_CHANNEL(object_new(TYPE_RELUCTANT_CHANNEL));

    object_ref(inner);
    self->inner = inner;
    return QIO_CHANNEL(self);
}

static void test_reluctant_master(void)
{
    enum { LENGTH = 3000 };
    g_autofree char *sent = g_malloc(LENGTH), *received = g_malloc0(LENGTH);
    size_t n_sent = 0, n_received = 0;
    QIOChannel *server, *client;
    Link link;

    link_prepare(&link, true);
    server = reluctant(link.server_master);
    client = reluctant(link.client_master);
    object_unref(link.server);
    object_unref(link.client);
    link.server = QIO_CHANNEL(qio_channel_tls_new_server(server, link.server_creds, NULL,
                                                         &error_abort));
    link.client = QIO_CHANNEL(qio_channel_tls_new_client(client, link.client_creds, "qemu.org",
                                                         &error_abort));
    object_unref(server);
    object_unref(client);
    link_handshake(&link);
    for (size_t i = 0; i < LENGTH; i++) {
        sent[i] = (char)(i % 253);
    }
    while (n_received < LENGTH) {
        size_t offer = MIN(700, LENGTH - n_sent);
        ssize_t count = qio_channel_write(link.client, sent + n_sent, offer, &error_abort);

        n_sent += MAX(count, 0);
        count = qio_channel_read(link.server, received + n_received, LENGTH - n_received,
                                 &error_abort);
        g_assert_cmpint(count, !=, 0);
        n_received += MAX(count, 0);
    }
    g_assert_cmpmem(sent, LENGTH, received, LENGTH);
    object_unref(link.server);
    object_unref(link.client);
    object_unref(link.server_master);
    object_unref(link.client_master);
    tls_drop(link.server_creds);
    tls_drop(link.client_creds);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    gnutls_global_init();
    type_register_static(&reluctant_info);
    testing_add("/tls/data/both-directions", test_both_directions);
    testing_add("/tls/data/records", test_records);
    testing_add("/tls/data/nothing", test_nothing);
    testing_add("/tls/data/exactly-drained", test_exactly_drained);
    testing_add("/tls/data/retry", test_retry_with_other_lengths);
    testing_add("/tls/data/nested", test_nested);
    testing_add("/tls/data/reluctant-master", test_reluctant_master);
    return g_test_run();
}
