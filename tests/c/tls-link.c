/*
 * Two TLS channels over a pair of sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-link.h"
#include "testing.h"

#include "io/channel-socket.h"

void ending_func(QIOTask *task, gpointer data)
{
    Ending *ending = data;

    ending->calls++;
    ending->thread = g_thread_self();
    qio_task_propagate_error(task, &ending->err);
}

void ending_destroy(gpointer data)
{
    ((Ending *)data)->destroyed++;
}

static QIOChannel *socket_channel(int fd)
{
    return QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
}

static void make_credentials(Link *link, bool tls13)
{
    char *dir;

    if (!tls13) {
        link->server_creds = tls_creds("anon", "server", &error_abort, NULL);
        link->client_creds = tls_creds("anon", "client", &error_abort, NULL);
        return;
    }
    dir = tls_make_x509_dir();
    link->server_creds = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    link->client_creds = tls_creds("x509", "client", &error_abort, "dir", dir, NULL);
    testing_remove_dir(dir);
}

void link_prepare(Link *link, bool tls13)
{
    int fds[2];

    testing_socket_pair(fds);
    make_credentials(link, tls13);
    link->server_master = socket_channel(fds[0]);
    link->client_master = socket_channel(fds[1]);
    qio_channel_set_blocking(link->server_master, false, &error_abort);
    qio_channel_set_blocking(link->client_master, false, &error_abort);
    link->server = QIO_CHANNEL(qio_channel_tls_new_server(link->server_master,
                                                          link->server_creds, NULL,
                                                          &error_abort));
    link->client = QIO_CHANNEL(qio_channel_tls_new_client(link->client_master,
                                                          link->client_creds, "qemu.org",
                                                          &error_abort));
}

void link_handshake(Link *link)
{
    Ending server = { 0 }, client = { 0 };

    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link->server), ending_func, &server,
                              ending_destroy, NULL);
    qio_channel_tls_handshake(QIO_CHANNEL_TLS(link->client), ending_func, &client,
                              ending_destroy, NULL);
    while (!server.calls || !client.calls) {
        g_main_context_iteration(NULL, TRUE);
    }
    tls_no_error(server.err);
    tls_no_error(client.err);
    g_assert_cmpuint(server.calls + client.calls, ==, 2);
    g_assert_cmpuint(server.destroyed + client.destroyed, ==, 2);
}

void link_open(Link *link, bool tls13)
{
    link_prepare(link, tls13);
    link_handshake(link);
}

void link_set_blocking(Link *link, bool enabled)
{
    qio_channel_set_blocking(link->server, enabled, &error_abort);
    qio_channel_set_blocking(link->client, enabled, &error_abort);
}

static void drop(QIOChannel *channel)
{
    g_assert_cmpuint(OBJECT(channel)->ref, ==, 1);
    object_unref(channel);
}

void link_close(Link *link)
{
    /* The credentials go first. */
    tls_drop(link->server_creds);
    tls_drop(link->client_creds);
    drop(link->server);
    drop(link->client);
    drop(link->server_master);
    drop(link->client_master);
}

size_t link_drain(QIOChannel *channel)
{
    char buffer[65536];
    size_t total = 0;
    ssize_t count;

    while ((count = qio_channel_read(channel, buffer, sizeof(buffer), &error_abort)) > 0) {
        total += count;
    }
    g_assert_cmpint(count, ==, QIO_CHANNEL_ERR_BLOCK);
    g_assert_cmpint(errno, ==, EAGAIN);
    return total;
}
