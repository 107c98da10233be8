/*
 * TLS connections over socket pairs. The key is shared in advance: only the records are
 * measured, and they need no certificates.
 *
 * Each handshake goes to and fro in one thread, so that it takes the same steps whenever
 * it is made, and leaves the same memory behind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-pair.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

#include "crypto/tlscreds.h"
#include "io/channel-socket.h"
#include "qapi/error.h"

#define USER "qemu"
#define KEY "000102030405060708090a0b0c0d0e0f"

/* One cipher, the fastest, beside which other costs show most. */
#define PRIORITY "NORMAL:-CIPHER-ALL:+AES-128-GCM:-VERS-ALL:"

static const char *const PRIORITIES[] = {
    [TLS_1_2] = PRIORITY "+VERS-TLS1.2",
    [TLS_1_3] = PRIORITY "+VERS-TLS1.3",
};

static char *key_dir;
static char *key_file;

static void remove_key(void)
{
    g_unlink(key_file);
    g_rmdir(key_dir);
}

/* Servers look the key up in a file, in every handshake. */
static void write_key(void)
{
    if (key_dir) {
        return;
    }
    key_dir = g_dir_make_tmp("qio-bench-XXXXXX", NULL);
    bench_require(key_dir);
    key_file = g_build_filename(key_dir, "keys.psk", NULL);
    atexit(remove_key);
    bench_require(g_file_set_contents(key_file, USER ":" KEY "\n", -1, NULL));
}

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
static QCryptoTLSCreds *credentials(const char *endpoint, TlsVersion version)
{
    g_autofree char *name = g_strdup_printf("%s-%d", endpoint, version);
    Object *parent = object_get_objects_root();
    Object *creds = object_resolve_path_component(parent, name);

    if (!creds) {
        write_key();
        creds = object_new_with_props("tls-creds-psk", parent, name, &error_abort,
                                      "endpoint", endpoint, "dir", key_dir,
                                      "priority", PRIORITIES[version], NULL);
    }
    return QCRYPTO_TLS_CREDS(creds);
}

static void shook_hands(QIOTask *task, gpointer done)
{
    qio_task_propagate_error(task, &error_abort);
    ++*(int *)done;
}

void tls_pair_open(TlsPair *pair, QIOChannel *masters[2], TlsVersion version)
{
    QIOChannelTLS *ends[2];
    int done = 0, i;

    ends[0] = qio_channel_tls_new_client(masters[0], credentials("client", version), NULL,
                                         &error_abort);
    ends[1] = qio_channel_tls_new_server(masters[1], credentials("server", version), NULL,
                                         &error_abort);
    for (i = 0; i < 2; i++) {
        qio_channel_set_blocking(masters[i], false, &error_abort);
        qio_channel_tls_handshake(ends[i], shook_hands, &done, NULL, NULL);
    }
    while (done < 2) {
        g_main_context_iteration(NULL, TRUE);
    }
    for (i = 0; i < 2; i++) {
        qio_channel_set_blocking(masters[i], true, &error_abort);
        object_unref(OBJECT(masters[i]));
    }
    pair->client = QIO_CHANNEL(ends[0]);
    pair->server = QIO_CHANNEL(ends[1]);
}

void tls_pair_close(TlsPair *pair)
{
    object_unref(OBJECT(pair->client));
    object_unref(OBJECT(pair->server));
}

static gnutls_session_t raw_session(unsigned role, TlsVersion version, void *credentials, int fd)
{
    g_autofree char *priority = g_strdup_printf("%s:+ECDHE-PSK:+DHE-PSK:+PSK",
                                                PRIORITIES[version]);
    gnutls_session_t session;

    bench_require(gnutls_init(&session, role | GNUTLS_NONBLOCK) == 0);
    bench_require(gnutls_priority_set_direct(session, priority, NULL) == 0);
    bench_require(gnutls_credentials_set(session, GNUTLS_CRD_PSK, credentials) == 0);
    gnutls_transport_set_int(session, fd);
    return session;
}

void raw_tls_pair_open(RawTlsPair *pair, TlsVersion version)
{
    static gnutls_psk_client_credentials_t client;
    static gnutls_psk_server_credentials_t server;
    gnutls_session_t ends[2];
    int results[2] = { GNUTLS_E_AGAIN, GNUTLS_E_AGAIN }, i;

    if (!client) {
        gnutls_datum_t key = { (unsigned char *)KEY, strlen(KEY) };

        write_key();
        gnutls_psk_allocate_client_credentials(&client);
        gnutls_psk_set_client_credentials(client, USER, &key, GNUTLS_PSK_KEY_HEX);
        gnutls_psk_allocate_server_credentials(&server);
        gnutls_psk_set_server_credentials_file(server, key_file);
    }
    socket_pair(pair->fds);
    ends[0] = raw_session(GNUTLS_CLIENT, version, client, pair->fds[0]);
    ends[1] = raw_session(GNUTLS_SERVER, version, server, pair->fds[1]);
    for (i = 0; i < 2; i++) {
        bench_require(g_unix_set_fd_nonblocking(pair->fds[i], TRUE, NULL));
    }
    while (results[0] || results[1]) {
        for (i = 0; i < 2; i++) {
            if (results[i]) {
                results[i] = gnutls_handshake(ends[i]);
                bench_require(results[i] == 0 || results[i] == GNUTLS_E_AGAIN);
            }
        }
    }
    for (i = 0; i < 2; i++) {
        bench_require(g_unix_set_fd_nonblocking(pair->fds[i], FALSE, NULL));
    }
    pair->client = ends[0];
    pair->server = ends[1];
}

void raw_tls_pair_close(RawTlsPair *pair)
{
    gnutls_deinit(pair->client);
    gnutls_deinit(pair->server);
    close(pair->fds[0]);
    close(pair->fds[1]);
}
