/*
 * What the tests of sockets share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "sockets-helpers.h"

#include <sys/resource.h>

#include "qapi/error.h"

void sockets_warm_up(void)
{
    struct addrinfo *result = NULL;

    if (getaddrinfo("localhost", "http", NULL, &result) == 0) {
        freeaddrinfo(result);
    }
    if (getaddrinfo("name.invalid", "1", NULL, &result) == 0) {
        freeaddrinfo(result);
    }
}

bool sockets_have_ipv6(void)
{
    struct sockaddr_in6 address = {
        .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT,
    };
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool works;

    if (fd == -1) {
        return false;
    }
    works = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return works;
}

bool sockets_can_limit_descriptors(void)
{
    const char *preloaded = g_getenv("LD_PRELOAD");

    if (preloaded && strstr(preloaded, "vgpreload")) {
        g_test_skip("valgrind does not limit the kernel's descriptors");
        return false;
    }
    return true;
}

int sockets_port(int fd)
{
    struct sockaddr_storage storage;
    socklen_t size = sizeof(storage);

    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&storage, &size), ==, 0);
    return ntohs(((struct sockaddr_in *)&storage)->sin_port);
}

int sockets_udp_server(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==,
                    0);
    return fd;
}

void sockets_assert_aborts(void (*function)(gpointer), gpointer opaque)
{
    int pipe_fds[2], status;
    char message[256];
    ssize_t count;
    pid_t pid;

    g_assert_cmpint(pipe2(pipe_fds, O_CLOEXEC), ==, 0);
    pid = fork();
    g_assert_cmpint(pid, !=, -1);
    if (pid == 0) {
        struct rlimit none = { 0, 0 };

        setrlimit(RLIMIT_CORE, &none);
        dup2(pipe_fds[1], STDERR_FILENO);
        function(opaque);
        _exit(0);
    }
    close(pipe_fds[1]);
    count = read(pipe_fds[0], message, sizeof(message));
    close(pipe_fds[0]);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    g_assert_cmpint(count, >, 0);
}

QIOChannelSocket *sockets_listener(const char *text, SocketAddress **address)
{
    g_autoptr(SocketAddress) wanted = socket_parse(text, &error_abort);
    QIOChannelSocket *listener = qio_channel_socket_new();

    qio_channel_socket_listen_sync(listener, wanted, 5, &error_abort);
    *address = qio_channel_socket_get_local_address(listener, &error_abort);
    return listener;
}

QIOChannelSocket *sockets_client(SocketAddress *address)
{
    QIOChannelSocket *client = qio_channel_socket_new();

    qio_channel_socket_connect_sync(client, address, &error_abort);
    return client;
}

void sockets_pair(const char *text, QIOChannelSocket **client,
                  QIOChannelSocket **server)
{
    SocketAddress *address;
    QIOChannelSocket *listener = sockets_listener(text, &address);

    *client = sockets_client(address);
    *server = qio_channel_socket_accept(listener, &error_abort);
    qapi_free_SocketAddress(address);
    object_unref(OBJECT(listener));
}

unsigned int sockets_references(void *object)
{
    return OBJECT(object)->ref;
}

void sockets_iterate_until(GMainContext *context, const int *done)
{
    while (!g_atomic_int_get(done)) {
        g_main_context_iteration(context, TRUE);
    }
}
