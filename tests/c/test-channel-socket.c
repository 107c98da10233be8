/*
 * The socket channel: connecting, listening, reading and writing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/resource.h>

#include "failures.h"
#include "io/channel-file.h"
#include "io/channel-socket.h"
#include "io/channel-util.h"
#include "qapi/error.h"
#include "qemu/sockets.h"
#include "sockets-helpers.h"
#include "patience.h"
#include "testing.h"

#define BULK (1024 * 1024)

static const char *const places[] = { "127.0.0.1:0", "[::1]:0", "unix:" };

/* "unix:" alone stands for a path of the test's own. */
static char *place_text(const char *place, const char *dir)
{
    return g_str_equal(place, "unix:") ? g_strdup_printf("unix:%s/socket", dir)
                                       : g_strdup(place);
}

static bool place_works(const char *place)
{
    return place[0] != '[' || sockets_have_ipv6();
}

static void reset_on_close(int fd)
{
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };

    g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger,
                               sizeof(linger)), ==, 0);
}

static QIOChannelSocket *over_pair(int *peer)
{
    int fds[2];

    testing_socket_pair(fds);
    *peer = fds[1];
    return qio_channel_socket_new_fd(fds[0], &error_abort);
}

/*
 * The type.
 */

static void test_type(void)
{
    Object *bare = object_new(TYPE_QIO_CHANNEL_SOCKET);
    QIOChannelSocket *sioc = qio_channel_socket_new();

    g_assert_cmpint(QIO_CHANNEL(bare)->features, ==, 0);
    g_assert_cmpint(QIO_CHANNEL_SOCKET(bare)->fd, ==, -1);
    g_assert_cmpint(QIO_CHANNEL(sioc)->features, ==, 0x2);
    g_assert_cmpint(sockets_references(sioc), ==, 1);
    g_assert_true(object_dynamic_cast(bare, TYPE_QIO_CHANNEL) == bare);
    object_unref(bare);
    object_unref(OBJECT(sioc));
}

static void test_features(void)
{
    g_autofree char *dir = testing_make_dir();
    g_autofree char *text = g_strdup_printf("unix:%s/socket", dir);
    QIOChannelSocket *listener, *client, *server;
    g_autoptr(SocketAddress) address = NULL;
    int peer, fd;

    listener = sockets_listener(text, &address);
    g_assert_cmpint(QIO_CHANNEL(listener)->features, ==, 0x7);
    client = sockets_client(address);
    g_assert_cmpint(QIO_CHANNEL(client)->features, ==, 0x3);
    server = qio_channel_socket_accept(listener, &error_abort);
    g_assert_cmpint(QIO_CHANNEL(server)->features, ==, 0x3);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
    /* A listener that somebody else made is not treated as one. */
    fd = fcntl(listener->fd, F_DUPFD_CLOEXEC, 3);
    client = qio_channel_socket_new_fd(fd, &error_abort);
    g_assert_cmpint(QIO_CHANNEL(client)->features, ==, 0x3);
    object_unref(OBJECT(client));
    g_assert_true(g_file_test(text + 5, G_FILE_TEST_EXISTS));
    object_unref(OBJECT(listener));

    sockets_pair("127.0.0.1:0", &client, &server);
    g_assert_cmpint(QIO_CHANNEL(client)->features, ==, 0xa);
    g_assert_cmpint(QIO_CHANNEL(server)->features, ==, 0x2);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
    client = over_pair(&peer);
    g_assert_cmpint(QIO_CHANNEL(client)->features, ==, 0x3);
    object_unref(OBJECT(client));
    close(peer);
    testing_remove_dir(g_steal_pointer(&dir));
}

/*
 * Transfers.
 */

typedef struct {
    QIOChannel *ioc;
    char *data;
} Bulk;

static gpointer write_bulk(gpointer opaque)
{
    Bulk *bulk = opaque;
    struct iovec iov[] = {
        { bulk->data, 1000 },
        { bulk->data + 1000, BULK - 1000 },
    };

    qio_channel_writev_all(bulk->ioc, iov, G_N_ELEMENTS(iov), &error_abort);
    return NULL;
}

static void transfer(QIOChannelSocket *from, QIOChannelSocket *to, bool blocking)
{
    g_autofree char *sent = g_malloc(BULK), *received = g_malloc(BULK);
    Bulk bulk = { QIO_CHANNEL(from), sent };
    struct iovec iov[] = { { received, 7 }, { received + 7, BULK - 7 } };
    int small = 32768;
    GThread *writer;

    for (size_t i = 0; i < BULK; i++) {
        sent[i] = i * 7 + i / 251;
    }
    setsockopt(from->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    qio_channel_set_blocking(QIO_CHANNEL(from), blocking, &error_abort);
    qio_channel_set_blocking(QIO_CHANNEL(to), blocking, &error_abort);
    writer = g_thread_new("writer", write_bulk, &bulk);
    qio_channel_readv_all(QIO_CHANNEL(to), iov, G_N_ELEMENTS(iov), &error_abort);
    g_thread_join(writer);
    g_assert_cmpmem(sent, BULK, received, BULK);
}

static void test_transfer(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        for (int blocking = 0; blocking < 2; blocking++) {
            char *dir = testing_make_dir();
            g_autofree char *text = place_text(places[i], dir);
            QIOChannelSocket *client, *server;

            if (place_works(places[i])) {
                sockets_pair(text, &client, &server);
                transfer(client, server, blocking);
                transfer(server, client, blocking);
                object_unref(OBJECT(client));
                object_unref(OBJECT(server));
            }
            testing_remove_dir(dir);
        }
    }
}

static void test_foreign_peer(void)
{
    g_autofree char *echo = g_find_program_in_path("socat");
    g_autoptr(SocketAddress) address = NULL;
    QIOChannelSocket *listener, *server;
    g_autofree char *target = NULL;
    GError *error = NULL;
    char buffer[5];
    GPid pid;

    if (!echo) {
        g_test_skip("there is no socat");
        return;
    }
    listener = sockets_listener("127.0.0.1:0", &address);
    target = g_strdup_printf("TCP:127.0.0.1:%s", address->u.inet.port);
    const char *argv[] = { echo, target, "EXEC:tr a-z A-Z", NULL };
    g_assert_true(g_spawn_async(NULL, (char **)argv, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                                &error));
    server = qio_channel_socket_accept(listener, &error_abort);
    qio_channel_write_all(QIO_CHANNEL(server), "hello", 5, &error_abort);
    qio_channel_shutdown(QIO_CHANNEL(server), QIO_CHANNEL_SHUTDOWN_WRITE,
                         &error_abort);
    qio_channel_read_all(QIO_CHANNEL(server), buffer, 5, &error_abort);
    g_assert_cmpmem(buffer, 5, "HELLO", 5);
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(server), buffer, 1,
                                     &error_abort), ==, 0);
    object_unref(OBJECT(server));
    object_unref(OBJECT(listener));
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

static void test_non_blocking(void)
{
    QIOChannelSocket *client, *server;
    char buffer[65536] = { 0 };
    struct iovec iov = { buffer, sizeof(buffer) };
    int *fds = (int *)buffer;
    size_t nfds = 77;
    Error *err = NULL;
    ssize_t count;
    int peer;

    sockets_pair("127.0.0.1:0", &client, &server);
    qio_channel_set_blocking(QIO_CHANNEL(client), false, &error_abort);
    assert_would_block(qio_channel_read(QIO_CHANNEL(client), buffer, 1, &err),
                       err);
    assert_would_block(qio_channel_read(QIO_CHANNEL(client), buffer, 0, &err),
                       err);
    assert_would_block(qio_channel_readv(QIO_CHANNEL(client), NULL, 0, &err),
                       err);
    assert_would_block(qio_channel_read(QIO_CHANNEL(client), buffer, 1, NULL),
                       NULL);
    do {
        count = qio_channel_write(QIO_CHANNEL(client), buffer, sizeof(buffer),
                                  &err);
    } while (count > 0);
    assert_would_block(count, err);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));

    client = over_pair(&peer);
    qio_channel_set_blocking(QIO_CHANNEL(client), false, &error_abort);
    assert_would_block(qio_channel_readv_full(QIO_CHANNEL(client), &iov, 1,
                                              &fds, &nfds, &err), err);
    g_assert_true(fds == (int *)buffer && nfds == 77);
    object_unref(OBJECT(client));
    close(peer);
}

static void test_accept_without_client(void)
{
    g_autoptr(SocketAddress) address = NULL;
    QIOChannelSocket *listener = sockets_listener("127.0.0.1:0", &address);
    QIOChannelSocket *client, *server;
    Error *err = NULL;

    qio_channel_set_blocking(QIO_CHANNEL(listener), false, &error_abort);
    g_assert_null(qio_channel_socket_accept(listener, &err));
    g_assert_cmpint(errno, ==, EAGAIN);
    error_free_or_abort(&err);
    client = sockets_client(address);
    server = qio_channel_socket_accept(listener, &error_abort);
    g_assert_cmpint(fcntl(server->fd, F_GETFL) & O_NONBLOCK, ==, 0);
    g_assert_cmpint(fcntl(server->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    g_assert_cmpint(sockets_references(server), ==, 1);
    g_assert_cmpint(server->remoteAddr.ss_family, ==, AF_INET);
    g_assert_cmpint(server->localAddr.ss_family, ==, AF_INET);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
    object_unref(OBJECT(listener));
}

static void on_alarm(int number)
{
}

/* Many signals while calls block. */
static void test_signals(void)
{
    struct itimerval often = signal_storm(), never = { 0 };
    QIOChannelSocket *client, *server;

    setitimer(ITIMER_REAL, &often, NULL);
    sockets_pair("127.0.0.1:0", &client, &server);
    transfer(client, server, true);
    setitimer(ITIMER_REAL, &never, NULL);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static gpointer connect_late(gpointer opaque)
{
    g_usleep(50000);
    return sockets_client(opaque);
}

static void test_accept_is_not_interrupted(void)
{
    struct itimerval often = signal_storm(), never = { 0 };
    g_autoptr(SocketAddress) address = NULL;
    QIOChannelSocket *listener = sockets_listener("127.0.0.1:0", &address);
    QIOChannelSocket *server;
    GThread *thread;

    thread = g_thread_new("client", connect_late, address);
    setitimer(ITIMER_REAL, &often, NULL);
    server = qio_channel_socket_accept(listener, &error_abort);
    setitimer(ITIMER_REAL, &never, NULL);
    object_unref(g_thread_join(thread));
    object_unref(OBJECT(server));
    object_unref(OBJECT(listener));
}

static void test_peer_gone(void)
{
    QIOChannelSocket *client, *server;
    struct iovec iov[2] = { { (void *)"a", 1 }, { (void *)"b", 1 } };
    struct sigaction standard = { .sa_handler = SIG_DFL }, saved;
    Error *err = NULL;
    char byte;
    int peer;

    sigaction(SIGPIPE, &standard, &saved);
    client = over_pair(&peer);
    close(peer);
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(client), &byte, 1,
                                     &error_abort), ==, 0);
    assert_failed(qio_channel_write(QIO_CHANNEL(client), "x", 1, &err), &err,
                  EPIPE);
    assert_failed(qio_channel_writev(QIO_CHANNEL(client), iov, 2, &err), &err,
                  EPIPE);
    assert_failed(qio_channel_writev_full(QIO_CHANNEL(client), iov, 2,
                                          &client->fd, 1, 0, &err),
                  &err, EPIPE);
    g_assert_cmpint(qio_channel_write(QIO_CHANNEL(client), "x", 1, NULL), ==,
                    -1);
    g_assert_cmpint(errno, ==, EPIPE);
    object_unref(OBJECT(client));

    sockets_pair("127.0.0.1:0", &client, &server);
    reset_on_close(server->fd);
    object_unref(OBJECT(server));
    /* Even an empty read hears of it. */
    assert_failed(qio_channel_read(QIO_CHANNEL(client), &byte, 0, &err), &err,
                  ECONNRESET);
    object_unref(OBJECT(client));
    sockets_pair("127.0.0.1:0", &client, &server);
    reset_on_close(server->fd);
    object_unref(OBJECT(server));
    assert_failed(qio_channel_read(QIO_CHANNEL(client), &byte, 1, &err), &err,
                  ECONNRESET);
    object_unref(OBJECT(client));
    sigaction(SIGPIPE, &saved, NULL);
}

static QIOChannelSocket *udp_client(int server)
{
    g_autofree char *text = g_strdup_printf("127.0.0.1:%d", sockets_port(server));
    g_autoptr(SocketAddress) remote = socket_parse(text, &error_abort);
    QIOChannelSocket *client = qio_channel_socket_new();

    qio_channel_socket_dgram_sync(client, NULL, remote, &error_abort);
    return client;
}

static void test_empty_write(void)
{
    QIOChannelSocket *client, *server;
    int udp = sockets_udp_server(), peer;
    char byte;

    sockets_pair("127.0.0.1:0", &client, &server);
    for (int number = 0; number < 2; number++) {
        errno = number ? EAGAIN : EINTR;
        g_assert_cmpint(qio_channel_write(QIO_CHANNEL(client), "", 0,
                                          &error_abort), ==, 0);
        errno = number ? EAGAIN : EINTR;
        g_assert_cmpint(qio_channel_writev_full(
                            QIO_CHANNEL(client), NULL, 0, NULL, 0,
                            QIO_CHANNEL_WRITE_FLAG_ZERO_COPY, &error_abort),
                        ==, 0);
    }
    g_assert_cmpint(client->zero_copy_queued, ==, 0);
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 0);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));

    client = over_pair(&peer);
    g_assert_cmpint(qio_channel_write(QIO_CHANNEL(client), "", 0, &error_abort),
                    ==, 0);
    object_unref(OBJECT(client));
    close(peer);

    /* On a datagram socket, that is an empty message. */
    client = udp_client(udp);
    g_assert_cmpint(QIO_CHANNEL(client)->features, ==, 0x2);
    g_assert_cmpint(qio_channel_write(QIO_CHANNEL(client), "", 0, &error_abort),
                    ==, 0);
    g_assert_cmpint(recv(udp, &byte, 1, MSG_DONTWAIT), ==, 0);
    object_unref(OBJECT(client));
    close(udp);
}

static void test_datagrams(void)
{
    int udp = sockets_udp_server();
    QIOChannelSocket *client = udp_client(udp);
    struct sockaddr_storage from;
    socklen_t size = sizeof(from);
    char buffer[8];
    Error *err = NULL;

    qio_channel_write(QIO_CHANNEL(client), "request", 7, &error_abort);
    g_assert_cmpint(recvfrom(udp, buffer, 8, 0, (struct sockaddr *)&from,
                             &size), ==, 7);
    g_assert_cmpint(sendto(udp, "answer", 6, 0, (struct sockaddr *)&from, size),
                    ==, 6);
    /* What does not fit is lost. */
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(client), buffer, 3,
                                     &error_abort), ==, 3);
    g_assert_cmpmem(buffer, 3, "ans", 3);
    /* An empty read takes an empty datagram. */
    sendto(udp, "", 0, 0, (struct sockaddr *)&from, size);
    g_assert_cmpint(qio_channel_read(QIO_CHANNEL(client), buffer, 0,
                                     &error_abort), ==, 0);
    qio_channel_set_blocking(QIO_CHANNEL(client), false, &error_abort);
    assert_would_block(qio_channel_read(QIO_CHANNEL(client), buffer, 1, &err),
                       err);
    object_unref(OBJECT(client));
    close(udp);
}

static void test_many_elements(void)
{
    enum { COUNT = 2000 };
    g_autofree struct iovec *iov = g_new0(struct iovec, COUNT);
    g_autofree char *data = g_malloc0(COUNT), *other = g_malloc0(COUNT);
    int udp = sockets_udp_server(), peer;
    QIOChannelSocket *client = over_pair(&peer);
    QIOChannelSocket *server = qio_channel_socket_new_fd(peer, &error_abort);
    Error *err = NULL;

    for (int i = 0; i < COUNT; i++) {
        data[i] = i;
        iov[i] = (struct iovec){ data + i, 1 };
    }
    g_assert_cmpint(qio_channel_writev(QIO_CHANNEL(client), iov, COUNT,
                                       &error_abort), ==, 1024);
    for (int i = 0; i < COUNT; i++) {
        iov[i].iov_base = other + i;
    }
    g_assert_cmpint(qio_channel_readv(QIO_CHANNEL(server), iov, COUNT,
                                      &error_abort), ==, 1024);
    g_assert_cmpmem(data, 1024, other, 1024);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
    client = udp_client(udp);
    assert_failed(qio_channel_writev(QIO_CHANNEL(client), iov, COUNT, &err),
                  &err, EMSGSIZE);
    assert_failed(qio_channel_readv(QIO_CHANNEL(client), iov, COUNT, &err),
                  &err, EMSGSIZE);
    object_unref(OBJECT(client));
    close(udp);
}

/*
 * Opening and closing.
 */

static void test_new_fd(void)
{
    int file = open("/dev/null", O_RDWR | O_CLOEXEC), fds[2];
    QIOChannelSocket *sioc;
    QIOChannel *ioc;
    Error *err = NULL;

    g_assert_null(qio_channel_socket_new_fd(file, &err));
    g_assert_cmpint(errno, ==, ENOTSOCK);
    error_free_or_abort(&err);
    g_assert_true(testing_fd_is_open(file));
    g_assert_null(qio_channel_socket_new_fd(-1, &err));
    g_assert_cmpint(errno, ==, EBADF);
    error_free_or_abort(&err);

    testing_socket_pair(fds);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    sioc = qio_channel_socket_new_fd(fds[0], &error_abort);
    g_assert_cmpint(fcntl(fds[0], F_GETFL) & O_NONBLOCK, !=, 0);
    object_unref(OBJECT(sioc));
    g_assert_false(testing_fd_is_open(fds[0]));

    ioc = qio_channel_new_fd(fds[1], &error_abort);
    g_assert_nonnull(object_dynamic_cast(OBJECT(ioc), TYPE_QIO_CHANNEL_SOCKET));
    object_unref(OBJECT(ioc));
    ioc = qio_channel_new_fd(file, &error_abort);
    g_assert_nonnull(object_dynamic_cast(OBJECT(ioc), TYPE_QIO_CHANNEL_FILE));
    object_unref(OBJECT(ioc));
}

static void test_already_open(void)
{
    char *dir = testing_make_dir();
    g_autofree char *text = g_strdup_printf("unix:%s/socket", dir);
    g_autoptr(SocketAddress) address = NULL;
    QIOChannelSocket *listener = sockets_listener(text, &address);
    QIOChannelSocket *client = sockets_client(address), *other;
    QIOChannelSocket *server =
        qio_channel_socket_accept(listener, &error_abort);
    SocketAddress inet = {
        .type = SOCKET_ADDRESS_TYPE_INET,
        .u.inet = { .host = (char *)"127.0.0.1", .port = (char *)"1" },
    };
    Error *err = NULL;
    char byte;

    assert_failed(qio_channel_socket_connect_sync(client, address, &err), &err,
                  0);
    assert_failed(qio_channel_socket_dgram_sync(client, NULL, &inet, &err), &err,
                  0);
    g_assert_cmpint(qio_channel_socket_listen_sync(listener, address, 1, &err),
                    ==, -1);
    g_assert_cmpstr(error_get_pretty(err), ==, "Socket is already open");
    error_free_or_abort(&err);
    qio_channel_write_all(QIO_CHANNEL(client), "x", 1, &error_abort);
    qio_channel_read_all(QIO_CHANNEL(server), &byte, 1, &error_abort);
    other = sockets_client(address);
    object_unref(OBJECT(other));
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
    object_unref(OBJECT(listener));
    testing_remove_dir(dir);
}

static void assert_closed(QIOChannelSocket *sioc)
{
    QIOChannel *ioc = QIO_CHANNEL(sioc);
    struct iovec iov[2] = { { (void *)"ab", 1 }, { (void *)"cd", 1 } };
    char byte = 0;
    Error *err = NULL;

    assert_failed(qio_channel_read(ioc, &byte, 1, &err), &err, EBADF);
    assert_failed(qio_channel_write(ioc, &byte, 1, &err), &err, EBADF);
    assert_failed(qio_channel_writev(ioc, iov, 2, &err), &err, EBADF);
    assert_failed(qio_channel_shutdown(ioc, QIO_CHANNEL_SHUTDOWN_BOTH, &err),
                  &err, EBADF);
    assert_failed(qio_channel_set_blocking(ioc, true, &err), &err, EBADF);
    assert_failed(qio_channel_set_blocking(ioc, false, &err), &err, EBADF);
    qio_channel_set_delay(ioc, true);
    qio_channel_set_cork(ioc, true);
    qio_channel_set_aio_fd_handler(ioc, NULL, NULL, NULL, NULL);
    g_assert_null(qio_channel_socket_accept(sioc, &err));
    g_assert_cmpint(errno, ==, EBADF);
    error_free_or_abort(&err);
    g_assert_cmpint(qio_channel_close(ioc, &error_abort), ==, 0);
}

static void test_closed(void)
{
    QIOChannelSocket *sioc = qio_channel_socket_new();
    QIOChannelSocket *client, *server;
    Error *err = NULL;

    assert_closed(sioc);
    g_assert_null(qio_channel_socket_get_local_address(sioc, &err));
    error_free_or_abort(&err);
    g_assert_null(qio_channel_socket_get_remote_address(sioc, &err));
    error_free_or_abort(&err);
    object_unref(OBJECT(sioc));

    sockets_pair("127.0.0.1:0", &client, &server);
    qio_channel_close(QIO_CHANNEL(client), &error_abort);
    assert_closed(client);
    /* The addresses stay. */
    qapi_free_SocketAddress(
        qio_channel_socket_get_local_address(client, &error_abort));
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_pipe_is_no_socket(void)
{
    QIOChannelSocket *sioc = qio_channel_socket_new();
    struct iovec iov[2] = { { (void *)"ab", 1 }, { (void *)"cd", 1 } };
    int fds[2];
    char byte;
    Error *err = NULL;

    testing_pipe(fds);
    sioc->fd = fds[1];
    assert_failed(qio_channel_write(QIO_CHANNEL(sioc), "x", 1, &err), &err,
                  ENOTSOCK);
    assert_failed(qio_channel_writev(QIO_CHANNEL(sioc), iov, 2, &err), &err,
                  ENOTSOCK);
    assert_failed(qio_channel_write(QIO_CHANNEL(sioc), "", 0, &err), &err,
                  ENOTSOCK);
    assert_failed(qio_channel_read(QIO_CHANNEL(sioc), &byte, 1, &err), &err,
                  ENOTSOCK);
    g_assert_null(qio_channel_socket_accept(sioc, &err));
    error_free_or_abort(&err);
    object_unref(OBJECT(sioc));
    close(fds[0]);
}

static void test_stored_descriptor(void)
{
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "socket", NULL);
    QIOChannelSocket *sioc = QIO_CHANNEL_SOCKET(
        object_new(TYPE_QIO_CHANNEL_SOCKET));

    /* A program may store a listener of its own; its path is not ours. */
    sioc->fd = unix_listen(path, &error_abort);
    sioc->localAddrLen = sizeof(sioc->localAddr);
    getsockname(sioc->fd, (struct sockaddr *)&sioc->localAddr,
                &sioc->localAddrLen);
    object_unref(OBJECT(sioc));
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    testing_remove_dir(dir);
}

static void test_path_lifetime(void)
{
    char *dir = testing_make_dir();
    g_autofree char *text = g_strdup_printf("unix:%s/socket", dir);
    const char *path = text + strlen("unix:");
    g_autoptr(SocketAddress) address = NULL, again = NULL;
    QIOChannelSocket *listener = sockets_listener(text, &address);
    QIOChannelSocket *client = sockets_client(address);
    QIOChannelSocket *server =
        qio_channel_socket_accept(listener, &error_abort);

    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    qio_channel_close(QIO_CHANNEL(listener), &error_abort);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    object_unref(OBJECT(listener));
    listener = sockets_listener(text, &again);
    object_unref(OBJECT(listener));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    testing_remove_dir(dir);
}

static void test_abstract_is_no_file(void)
{
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "socket", NULL);
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_UNIX,
        .u.q_unix = { .path = path, .has_abstract = true, .abstract = true },
    };
    QIOChannelSocket *listener = qio_channel_socket_new();

    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    qio_channel_socket_listen_sync(listener, &address, 1, &error_abort);
    qio_channel_close(QIO_CHANNEL(listener), &error_abort);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    object_unref(OBJECT(listener));
    testing_remove_dir(dir);
}

static void test_close_errors(void)
{
    char *dir = testing_make_dir();
    g_autofree char *text = g_strdup_printf("unix:%s/socket", dir);
    const char *path = text + strlen("unix:");
    g_autoptr(SocketAddress) address = NULL;
    QIOChannelSocket *listener = sockets_listener(text, &address), *sioc;
    Error *err = NULL;
    int peer, fd = listener->fd;

    sioc = over_pair(&peer);
    close(sioc->fd);
    assert_failed(qio_channel_close(QIO_CHANNEL(sioc), &err), &err, EBADF);
    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(sioc), &error_abort), ==, 0);
    object_unref(OBJECT(sioc));
    close(peer);

    /* A directory cannot be unlinked. */
    g_assert_cmpint(unlink(path), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(listener), &err), ==, -1);
    g_assert_nonnull(strstr(error_get_pretty(err), path));
    error_free_or_abort(&err);
    g_assert_false(testing_fd_is_open(fd));
    g_assert_cmpint(qio_channel_close(QIO_CHANNEL(listener), &error_abort), ==,
                    0);
    object_unref(OBJECT(listener));
    testing_remove_dir(dir);
}

static void finalize_with_directory(gpointer opaque)
{
    const char *text = opaque, *path = text + strlen("unix:");
    SocketAddress *address;
    QIOChannelSocket *listener = sockets_listener(text, &address);

    qapi_free_SocketAddress(address);
    unlink(path);
    g_mkdir_with_parents(path, 0700);
    object_unref(OBJECT(listener));
    /* It has printed the error and gone on. */
    abort();
}

static void test_finalize_prints(void)
{
    char *dir = testing_make_dir();
    g_autofree char *text = g_strdup_printf("unix:%s/socket", dir);

    sockets_assert_aborts(finalize_with_directory, text);
    testing_remove_dir(dir);
}

static void test_shutdown(void)
{
    static const int ways[] = {
        QIO_CHANNEL_SHUTDOWN_READ, QIO_CHANNEL_SHUTDOWN_WRITE,
        QIO_CHANNEL_SHUTDOWN_BOTH, 99,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        int peer;
        QIOChannelSocket *sioc = over_pair(&peer);
        QIOChannel *ioc = QIO_CHANNEL(sioc);
        bool reads = ways[i] == QIO_CHANNEL_SHUTDOWN_WRITE;
        bool writes = ways[i] == QIO_CHANNEL_SHUTDOWN_READ;
        char byte;
        Error *err = NULL;

        qio_channel_set_blocking(ioc, false, &error_abort);
        g_assert_cmpint(qio_channel_shutdown(ioc, ways[i], &error_abort), ==, 0);
        g_assert_cmpint(sioc->fd, !=, -1);
        g_assert_cmpint(qio_channel_read(ioc, &byte, 1, NULL), ==,
                        reads ? QIO_CHANNEL_ERR_BLOCK : 0);
        if (writes) {
            g_assert_cmpint(qio_channel_write(ioc, "x", 1, &error_abort), ==, 1);
        } else {
            assert_failed(qio_channel_write(ioc, "x", 1, &err), &err, EPIPE);
        }
        object_unref(OBJECT(ioc));
        close(peer);
    }
}

static gpointer read_one(gpointer opaque)
{
    char byte;

    return GINT_TO_POINTER(qio_channel_read(opaque, &byte, 1, &error_abort) == 0);
}

static void test_shutdown_wakes_a_reader(void)
{
    int peer;
    QIOChannelSocket *sioc = over_pair(&peer), *unconnected;
    GThread *reader = g_thread_new("reader", read_one, sioc);
    Error *err = NULL;

    g_usleep(20000);
    qio_channel_shutdown(QIO_CHANNEL(sioc), QIO_CHANNEL_SHUTDOWN_READ,
                         &error_abort);
    g_assert_true(GPOINTER_TO_INT(g_thread_join(reader)));
    object_unref(OBJECT(sioc));
    close(peer);

    unconnected = qio_channel_socket_new_fd(qemu_socket(AF_INET, SOCK_STREAM, 0),
                                            &error_abort);
    assert_failed(qio_channel_shutdown(QIO_CHANNEL(unconnected),
                                       QIO_CHANNEL_SHUTDOWN_BOTH, &err),
                  &err, ENOTCONN);
    g_assert_null(qio_channel_socket_accept(unconnected, &err));
    g_assert_cmpint(errno, ==, EINVAL);
    error_free_or_abort(&err);
    object_unref(OBJECT(unconnected));
}

static int tcp_option(QIOChannelSocket *sioc, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);

    getsockopt(sioc->fd, IPPROTO_TCP, option, &value, &size);
    return value;
}

static void test_options_and_addresses(void)
{
    QIOChannelSocket *client, *server;
    g_autoptr(SocketAddress) local = NULL, remote = NULL;
    Error *err = NULL;
    SocketAddress *none;

    sockets_pair("127.0.0.1:0", &client, &server);
    qio_channel_set_delay(QIO_CHANNEL(client), false);
    g_assert_cmpint(tcp_option(client, TCP_NODELAY), ==, 1);
    qio_channel_set_delay(QIO_CHANNEL(client), true);
    g_assert_cmpint(tcp_option(client, TCP_NODELAY), ==, 0);
    qio_channel_set_cork(QIO_CHANNEL(client), true);
    g_assert_cmpint(tcp_option(client, TCP_CORK), ==, 1);
    qio_channel_set_cork(QIO_CHANNEL(client), false);
    g_assert_cmpint(tcp_option(client, TCP_CORK), ==, 0);
    g_assert_cmpint(qio_channel_io_seek(QIO_CHANNEL(client), 0, SEEK_SET, &err),
                    ==, -1);
    error_free_or_abort(&err);
    local = qio_channel_socket_get_local_address(client, &error_abort);
    remote = qio_channel_socket_get_remote_address(server, &error_abort);
    g_assert_cmpstr(local->u.inet.host, ==, "127.0.0.1");
    g_assert_cmpstr(local->u.inet.port, ==, remote->u.inet.port);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));

    client = sockets_listener("127.0.0.1:0", &none);
    qapi_free_SocketAddress(none);
    g_assert_null(qio_channel_socket_get_remote_address(client, &err));
    error_free_or_abort(&err);
    object_unref(OBJECT(client));
}

static void test_errors(void)
{
    SocketAddress path = { .type = SOCKET_ADDRESS_TYPE_UNIX };
    SocketAddress inet = {
        .type = SOCKET_ADDRESS_TYPE_INET,
        .u.inet = { .host = (char *)"127.0.0.1", .port = (char *)"0",
                    .keep_alive = true },
    };
    QIOChannelSocket *sioc = qio_channel_socket_new();
    Error *err = NULL;

    assert_failed(qio_channel_socket_listen_sync(sioc, &path, 1, &err), &err, 0);
    assert_failed(qio_channel_socket_listen_sync(sioc, &inet, 1, &err), &err, 0);
    assert_failed(qio_channel_socket_dgram_sync(sioc, &path, &inet, &err), &err,
                  0);
    assert_failed(qio_channel_socket_connect_sync(sioc, &path, &err), &err, 0);
    path.u.q_unix.path = (char *)"/nonexistent/socket";
    assert_failed(qio_channel_socket_connect_sync(sioc, &path, &err), &err,
                  ENOENT);
    g_assert_cmpint(sioc->fd, ==, -1);
    object_unref(OBJECT(sioc));
}

static void test_no_descriptors_left(void)
{
    struct rlimit saved, low;
    g_autoptr(SocketAddress) address = NULL;
    QIOChannelSocket *listener, *client, *server;
    Error *err = NULL;
    int highest;

    if (!sockets_can_limit_descriptors()) {
        return;
    }
    listener = sockets_listener("127.0.0.1:0", &address);
    client = sockets_client(address);
    highest = dup(listener->fd);
    close(highest);
    getrlimit(RLIMIT_NOFILE, &saved);
    low = saved;
    low.rlim_cur = highest;
    setrlimit(RLIMIT_NOFILE, &low);
    g_assert_null(qio_channel_socket_accept(listener, &err));
    g_assert_cmpint(errno, ==, EMFILE);
    setrlimit(RLIMIT_NOFILE, &saved);
    error_free_or_abort(&err);
    server = qio_channel_socket_accept(listener, &error_abort);
    object_unref(OBJECT(server));
    object_unref(OBJECT(client));
    object_unref(OBJECT(listener));
}

/*
 * In threads of their own.
 */

typedef struct {
    GThread *thread;
    QIOChannelSocket *sioc;
    Error *err;
    bool destroyed;
    int done;
} Later;

static Later later_new(void)
{
    return (Later){
        .thread = g_thread_self(), .sioc = qio_channel_socket_new(),
    };
}

static void on_done(QIOTask *task, gpointer opaque)
{
    Later *later = opaque;

    g_assert_true(g_thread_self() == later->thread);
    g_assert_false(later->destroyed);
    g_assert_true(qio_task_get_source(task) == OBJECT(later->sioc));
    qio_task_propagate_error(task, &later->err);
}

static void on_destroy(gpointer opaque)
{
    Later *later = opaque;

    g_assert_false(later->destroyed);
    later->destroyed = true;
    later->done = 1;
}

static void test_later(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        char *dir = testing_make_dir();
        g_autofree char *text = place_text(places[i], dir);
        SocketAddress *wanted = socket_parse(text, &error_abort), *address;
        Later listening = later_new();
        Later connecting = later_new();
        GMainContext *context = g_main_context_new();
        QIOChannelSocket *server;

        if (place_works(places[i])) {
            qio_channel_socket_listen_async(listening.sioc, wanted, 1, on_done,
                                            &listening, on_destroy, NULL);
            qapi_free_SocketAddress(g_steal_pointer(&wanted));
            sockets_iterate_until(NULL, &listening.done);
            g_assert_null(listening.err);
            g_assert_cmpint(QIO_CHANNEL(listening.sioc)->features & 4, ==, 4);
            address = qio_channel_socket_get_local_address(listening.sioc,
                                                           &error_abort);
            qio_channel_socket_connect_async(connecting.sioc, address, on_done,
                                             &connecting, on_destroy, context);
            qapi_free_SocketAddress(address);
            sockets_iterate_until(context, &connecting.done);
            g_assert_null(connecting.err);
            server = qio_channel_socket_accept(listening.sioc, &error_abort);
            transfer(connecting.sioc, server, false);
            object_unref(OBJECT(server));
        }
        g_assert_cmpint(sockets_references(listening.sioc), ==, 1);
        qapi_free_SocketAddress(wanted);
        object_unref(OBJECT(listening.sioc));
        object_unref(OBJECT(connecting.sioc));
        g_main_context_unref(context);
        testing_remove_dir(dir);
    }
}

static void test_later_fails(void)
{
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_UNIX,
        .u.q_unix.path = (char *)"/nonexistent/socket",
    };
    Later later = later_new();

    qio_channel_socket_connect_async(later.sioc, &address, on_done, &later,
                                     on_destroy, NULL);
    /* The task keeps the channel alive. */
    object_unref(OBJECT(later.sioc));
    sockets_iterate_until(NULL, &later.done);
    error_free_or_abort(&later.err);

    later = later_new();
    address.u.q_unix.path = NULL;
    address.type = SOCKET_ADDRESS_TYPE_INET;
    address.u.inet = (InetSocketAddress){ .port = (char *)"0" };
    /* A NULL host becomes an empty one: every address. */
    qio_channel_socket_listen_async(later.sioc, &address, 1, on_done, &later,
                                    on_destroy, NULL);
    sockets_iterate_until(NULL, &later.done);
    g_assert_null(later.err);
    object_unref(OBJECT(later.sioc));
}

static void test_later_datagram(void)
{
    int udp = sockets_udp_server();
    g_autofree char *text = g_strdup_printf("127.0.0.1:%d", sockets_port(udp));
    SocketAddress *remote = socket_parse(text, &error_abort);
    SocketAddress *local = socket_parse("127.0.0.1:0", &error_abort);

    for (int with_local = 0; with_local < 2; with_local++) {
        Later later = later_new();
        char byte;

        qio_channel_socket_dgram_async(later.sioc, with_local ? local : NULL,
                                       remote, on_done, &later, on_destroy,
                                       NULL);
        sockets_iterate_until(NULL, &later.done);
        g_assert_null(later.err);
        qio_channel_write(QIO_CHANNEL(later.sioc), "x", 1, &error_abort);
        g_assert_cmpint(recv(udp, &byte, 1, 0), ==, 1);
        object_unref(OBJECT(later.sioc));
    }
    qapi_free_SocketAddress(remote);
    qapi_free_SocketAddress(local);
    close(udp);
}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_handler = on_alarm };

    testing_init(&argc, &argv);
    sigaction(SIGALRM, &action, NULL);
    module_call_init(MODULE_INIT_QOM);
    sockets_warm_up();
    testing_add("/socket/type", test_type);
    testing_add("/socket/features", test_features);
    testing_add("/socket/transfer", test_transfer);
    testing_add("/socket/foreign-peer", test_foreign_peer);
    testing_add("/socket/non-blocking", test_non_blocking);
    testing_add("/socket/accept-without-client", test_accept_without_client);
    testing_add("/socket/signals", test_signals);
    testing_add("/socket/accept-interrupted", test_accept_is_not_interrupted);
    testing_add("/socket/peer-gone", test_peer_gone);
    testing_add("/socket/empty-write", test_empty_write);
    testing_add("/socket/datagrams", test_datagrams);
    testing_add("/socket/many-elements", test_many_elements);
    testing_add("/socket/new-fd", test_new_fd);
    testing_add("/socket/already-open", test_already_open);
    testing_add("/socket/closed", test_closed);
    testing_add("/socket/pipe", test_pipe_is_no_socket);
    testing_add("/socket/stored-descriptor", test_stored_descriptor);
    testing_add("/socket/path-lifetime", test_path_lifetime);
    testing_add("/socket/abstract-is-no-file", test_abstract_is_no_file);
    testing_add("/socket/close-errors", test_close_errors);
    testing_add("/socket/finalize-prints", test_finalize_prints);
    testing_add("/socket/shutdown", test_shutdown);
    testing_add("/socket/shutdown-wakes", test_shutdown_wakes_a_reader);
    testing_add("/socket/options", test_options_and_addresses);
    testing_add("/socket/errors", test_errors);
    testing_add("/socket/no-descriptors-left", test_no_descriptors_left);
    testing_add("/socket/later", test_later);
    testing_add("/socket/later-fails", test_later_fails);
    testing_add("/socket/later-datagram", test_later_datagram);
    return g_test_run();
}
