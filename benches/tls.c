/*
 * Bulk data through TLS channels, compared with GnuTLS alone.
 *
 * Both move the same bytes between two threads over a pair of Unix sockets, in
 * writes of 16 KiB, one record each. Rounds alternate; the ratio is that of the
 * medians, above 1 if the channels are faster.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "crypto/tlscreds.h"
#include "io/channel-socket.h"
#include "io/channel-tls.h"

#include <gnutls/gnutls.h>

#define PRIORITY "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.2"

enum { BLOCK = 16384, ROUNDS = 9, DEFAULT_BLOCKS = 16384 };

static size_t blocks = DEFAULT_BLOCKS;

/* One end of a connection, and how it moves a block. */
typedef struct End {
    void *handle;
    ssize_t (*send)(void *handle, const char *data, size_t length);
    ssize_t (*receive)(void *handle, char *data, size_t length);
} End;

static ssize_t channel_send(void *handle, const char *data, size_t length)
{
    return qio_channel_write(handle, data, length, &error_abort);
}

static ssize_t channel_receive(void *handle, char *data, size_t length)
{
    return qio_channel_read(handle, data, length, &error_abort);
}

static ssize_t gnutls_send(void *handle, const char *data, size_t length)
{
    return gnutls_record_send(handle, data, length);
}

static ssize_t gnutls_receive(void *handle, char *data, size_t length)
{
    return gnutls_record_recv(handle, data, length);
}

static gpointer receive_all(gpointer data)
{
    End *end = data;
    char *buffer = g_malloc(BLOCK);

    for (size_t left = blocks * BLOCK; left > 0;) {
        ssize_t count = end->receive(end->handle, buffer, BLOCK);

        g_assert_cmpint(count, >, 0);
        left -= count;
    }
    g_free(buffer);
    return NULL;
}

/* Bytes per second from one end to the other. */
static double transfer(End *from, End *to)
{
    GThread *receiver = g_thread_new("receiver", receive_all, to);
    char *buffer = g_malloc0(BLOCK);
    gint64 start = g_get_monotonic_time();
    gint64 end;

    for (size_t i = 0; i < blocks; i++) {
        g_assert_cmpint(from->send(from->handle, buffer, BLOCK), ==, BLOCK);
    }
    g_thread_join(receiver);
    end = g_get_monotonic_time();
    g_free(buffer);
    return (double)blocks * BLOCK * G_USEC_PER_SEC / (end - start);
}

static gnutls_session_t raw_session(unsigned role, void *credentials, int fd)
{
    gnutls_session_t session;

    gnutls_init(&session, role);
    gnutls_priority_set_direct(session, PRIORITY ":+ANON-DH", NULL);
    gnutls_credentials_set(session, GNUTLS_CRD_ANON, credentials);
    gnutls_transport_set_int(session, fd);
    return session;
}

static gpointer raw_handshake(gpointer session)
{
    g_assert_cmpint(gnutls_handshake(session), ==, 0);
    return NULL;
}

static void open_raw(End *client, End *server)
{
    gnutls_anon_client_credentials_t client_credentials;
    gnutls_anon_server_credentials_t server_credentials;
    GThread *thread;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    gnutls_anon_allocate_client_credentials(&client_credentials);
    gnutls_anon_allocate_server_credentials(&server_credentials);
    client->handle = raw_session(GNUTLS_CLIENT, client_credentials, fds[0]);
    server->handle = raw_session(GNUTLS_SERVER, server_credentials, fds[1]);
    thread = g_thread_new("handshake", raw_handshake, server->handle);
    raw_handshake(client->handle);
    g_thread_join(thread);
}

static void handshake_done(QIOTask *task, gpointer done)
{
    qio_task_propagate_error(task, &error_abort);
    *(bool *)done = true;
}

static gpointer channel_handshake(gpointer channel)
{
    bool done = false;

    qio_channel_tls_handshake(channel, handshake_done, &done, NULL, NULL);
    g_assert_true(done);
    return NULL;
}

static QCryptoTLSCreds *credentials(const char *endpoint)
{
    return QCRYPTO_TLS_CREDS(object_new_with_props(
        "tls-creds-anon", object_get_objects_root(), endpoint, &error_abort,
        "endpoint", endpoint, "priority", PRIORITY, NULL));
}

static void open_channels(End *client, End *server)
{
    GThread *thread;
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    client->handle = qio_channel_tls_new_client(
        QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort)), credentials("client"),
        NULL, &error_abort);
    server->handle = qio_channel_tls_new_server(
        QIO_CHANNEL(qio_channel_socket_new_fd(fds[1], &error_abort)), credentials("server"),
        NULL, &error_abort);
    thread = g_thread_new("handshake", channel_handshake, server->handle);
    channel_handshake(client->handle);
    g_thread_join(thread);
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return difference < 0 ? -1 : difference > 0;
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), compare);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    End raw[2] = { { NULL, gnutls_send, gnutls_receive }, { NULL, gnutls_send, gnutls_receive } };
    End channel[2] = {
        { NULL, channel_send, channel_receive }, { NULL, channel_send, channel_receive },
    };
    double raw_rates[ROUNDS], channel_rates[ROUNDS], raw_rate, channel_rate;

    if (argc > 1) {
        blocks = g_ascii_strtoull(argv[1], NULL, 10);
    }
    open_raw(&raw[0], &raw[1]);
    open_channels(&channel[0], &channel[1]);
    for (int i = 0; i < ROUNDS; i++) {
        raw_rates[i] = transfer(&raw[0], &raw[1]);
        channel_rates[i] = transfer(&channel[0], &channel[1]);
    }
    raw_rate = median(raw_rates);
    channel_rate = median(channel_rates);
    printf("tls bulk, 16 KiB records: GnuTLS %.0f MB/s, channels %.0f MB/s, ratio %.3f\n",
           raw_rate / 1e6, channel_rate / 1e6, channel_rate / raw_rate);
    return 0;
}
