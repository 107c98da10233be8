/*
 * TLS connections over socket pairs. Anonymous keys: only the records are measured,
 * and they need no certificates. That means TLS 1.2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-pair.h"

#include <sys/socket.h>

#include "crypto/tlscreds.h"
#include "io/channel-socket.h"
#include "qapi/error.h"

#define PRIORITY "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.2"

static void socket_pair(int fds[2])
{
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
}

void tls_masters(QIOChannel *masters[2])
{
    int fds[2], i;

    socket_pair(fds);
    for (i = 0; i < 2; i++) {
        masters[i] = QIO_CHANNEL(qio_channel_socket_new_fd(fds[i], &error_abort));
    }
}

/* Made once; the tree of objects keeps them. */
static QCryptoTLSCreds *credentials(const char *endpoint)
{
    Object *parent = object_get_objects_root();
    Object *found = object_resolve_path_component(parent, endpoint);

    if (found) {
        return QCRYPTO_TLS_CREDS(found);
    }
    return QCRYPTO_TLS_CREDS(object_new_with_props("tls-creds-anon", parent, endpoint,
                                                   &error_abort, "endpoint", endpoint,
                                                   "priority", PRIORITY, NULL));
}

static void shook_hands(QIOTask *task, gpointer done)
{
    qio_task_propagate_error(task, &error_abort);
    *(bool *)done = true;
}

/* The masters block, so the handshake is over when the call returns. */
static gpointer handshake(gpointer channel)
{
    bool done = false;

    qio_channel_tls_handshake(channel, shook_hands, &done, NULL, NULL);
    bench_require(done);
    return NULL;
}

void tls_pair_open(TlsPair *pair, QIOChannel *masters[2])
{
    GThread *thread;

    pair->client = QIO_CHANNEL(qio_channel_tls_new_client(masters[0], credentials("client"),
                                                          NULL, &error_abort));
    pair->server = QIO_CHANNEL(qio_channel_tls_new_server(masters[1], credentials("server"),
                                                          NULL, &error_abort));
    object_unref(OBJECT(masters[0]));
    object_unref(OBJECT(masters[1]));
    thread = g_thread_new("handshake", handshake, pair->server);
    handshake(pair->client);
    g_thread_join(thread);
}

void tls_pair_close(TlsPair *pair)
{
    object_unref(OBJECT(pair->client));
    object_unref(OBJECT(pair->server));
}

static gnutls_session_t raw_session(unsigned role, void *anonymous, int fd)
{
    gnutls_session_t session;

    bench_require(gnutls_init(&session, role) == 0);
    bench_require(gnutls_priority_set_direct(session, PRIORITY ":+ANON-DH", NULL) == 0);
    bench_require(gnutls_credentials_set(session, GNUTLS_CRD_ANON, anonymous) == 0);
    gnutls_transport_set_int(session, fd);
    return session;
}

static gpointer raw_handshake(gpointer session)
{
    bench_require(gnutls_handshake(session) == 0);
    return NULL;
}

void raw_tls_pair_open(RawTlsPair *pair)
{
    static gnutls_anon_client_credentials_t client;
    static gnutls_anon_server_credentials_t server;
    GThread *thread;

    if (!client) {
        gnutls_anon_allocate_client_credentials(&client);
        gnutls_anon_allocate_server_credentials(&server);
    }
    socket_pair(pair->fds);
    pair->client = raw_session(GNUTLS_CLIENT, client, pair->fds[0]);
    pair->server = raw_session(GNUTLS_SERVER, server, pair->fds[1]);
    thread = g_thread_new("handshake", raw_handshake, pair->server);
    raw_handshake(pair->client);
    g_thread_join(thread);
}

void raw_tls_pair_close(RawTlsPair *pair)
{
    gnutls_deinit(pair->client);
    gnutls_deinit(pair->server);
    close(pair->fds[0]);
    close(pair->fds[1]);
}
