/*
 * The socket channel: writes from the caller's memory.
 *
 * This program's own send() and recvmsg() take the place of the C library's, so
 * that it can play a kernel with other things to say.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <linux/errqueue.h>
#include <sys/syscall.h>

#include "failures.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "sockets-helpers.h"
#include "testing.h"

/* How many of the next zero-copy writes find no memory. */
static int failing_sends;
static int sends;

/* Notices that the error queue holds instead of the kernel's. */
static struct {
    int level, type;
    struct sock_extended_err notice;
} script[4];
static int script_length, script_next;
static int queue_reads;

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    if (flags & MSG_ZEROCOPY) {
        sends++;
        if (failing_sends > 0) {
            failing_sends--;
            errno = ENOBUFS;
            return -1;
        }
    }
    return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct cmsghdr *header;

    if (flags & MSG_ERRQUEUE) {
        queue_reads++;
    }
    if (!(flags & MSG_ERRQUEUE) || script_next == script_length) {
        return syscall(SYS_recvmsg, fd, message, flags);
    }
    message->msg_flags = MSG_ERRQUEUE;
    if (script[script_next].level == 0 && script[script_next].type == -1) {
        message->msg_controllen = 0;
        script_next++;
        return 0;
    }
    header = message->msg_control;
    header->cmsg_level = script[script_next].level;
    header->cmsg_type = script[script_next].type;
    header->cmsg_len = CMSG_LEN(sizeof(script[0].notice));
    memcpy(CMSG_DATA(header), &script[script_next].notice,
           sizeof(script[0].notice));
    message->msg_controllen = CMSG_SPACE(sizeof(script[0].notice));
    script_next++;
    return 0;
}

static void say(int level, int type, struct sock_extended_err notice)
{
    if (script_next == script_length) {
        script_next = script_length = 0;
    }
    script[script_length].level = level;
    script[script_length].type = type;
    script[script_length++].notice = notice;
}

static struct sock_extended_err completed(unsigned first, unsigned last,
                                          bool copied)
{
    return (struct sock_extended_err){
        .ee_origin = SO_EE_ORIGIN_ZEROCOPY,
        .ee_info = first, .ee_data = last,
        .ee_code = copied ? SO_EE_CODE_ZEROCOPY_COPIED : 0,
    };
}

static ssize_t write_zero_copy(QIOChannelSocket *sioc, Error **errp)
{
    static char data[4096];
    struct iovec iov = { data, sizeof(data) };

    return qio_channel_writev_full(QIO_CHANNEL(sioc), &iov, 1, NULL, 0,
                                   QIO_CHANNEL_WRITE_FLAG_ZERO_COPY, errp);
}

static void read_and_flush(const char *place)
{
    QIOChannelSocket *client, *server;
    char data[4096];

    sockets_pair(place, &client, &server);
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 0);
    for (int i = 1; i <= 5; i++) {
        g_assert_cmpint(write_zero_copy(client, &error_abort), ==, 4096);
        g_assert_cmpint(client->zero_copy_queued, ==, i);
    }
    for (int i = 0; i < 5; i++) {
        qio_channel_read_all(QIO_CHANNEL(server), data, sizeof(data),
                             &error_abort);
    }
    /* Loopback copies. */
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 1);
    g_assert_cmpint(client->zero_copy_sent, ==, 5);
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 0);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_loopback(void)
{
    read_and_flush("127.0.0.1:0");
    if (sockets_have_ipv6()) {
        read_and_flush("[::1]:0");
    }
}

static gpointer read_late(gpointer opaque)
{
    char data[4096];

    g_usleep(30000);
    qio_channel_read_all(opaque, data, sizeof(data), &error_abort);
    return NULL;
}

static void test_flush_waits(void)
{
    QIOChannelSocket *client, *server;
    GThread *reader;

    sockets_pair("127.0.0.1:0", &client, &server);
    qio_channel_set_blocking(QIO_CHANNEL(client), false, &error_abort);
    reader = g_thread_new("reader", read_late, server);
    write_zero_copy(client, &error_abort);
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 1);
    g_thread_join(reader);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_refused(void)
{
    QIOChannelSocket *client, *server;
    Error *err = NULL;

    sockets_pair("127.0.0.1:0", &client, &server);
    assert_failed(write_zero_copy(server, &err), &err, EINVAL);
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(server), &error_abort), ==, 0);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

/* A channel without a kernel that answers: the counters say what is missing. */
static QIOChannelSocket *scripted_channel(QIOChannelSocket **server, int queued)
{
    QIOChannelSocket *client;

    sockets_pair("127.0.0.1:0", &client, server);
    client->zero_copy_queued = queued;
    return client;
}

static void test_truly_without_copy(void)
{
    QIOChannelSocket *server, *client = scripted_channel(&server, 4);

    say(SOL_IP, IP_RECVERR, completed(0, 1, true));
    say(SOL_IPV6, IPV6_RECVERR, completed(2, 2, false));
    say(287, 1, completed(3, 3, true));
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 0);
    g_assert_cmpint(client->zero_copy_sent, ==, 4);
    client->zero_copy_queued = 5;
    say(SOL_IP, IP_RECVERR, completed(4, 4, true));
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 1);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_odd_notices(void)
{
    QIOChannelSocket *server, *client = scripted_channel(&server, 2);
    struct sock_extended_err failed = completed(0, 0, false);
    struct sock_extended_err foreign = completed(0, 0, false);
    Error *err = NULL;

    failed.ee_errno = EHOSTUNREACH;
    foreign.ee_origin = SO_EE_ORIGIN_ICMP;
    say(SOL_IP, IPV6_RECVERR, completed(0, 0, true));
    assert_failed(qio_channel_flush(QIO_CHANNEL(client), &err), &err,
                  EPROTOTYPE);
    say(0, -1, failed);
    assert_failed(qio_channel_flush(QIO_CHANNEL(client), &err), &err,
                  EPROTOTYPE);
    say(SOL_IP, IP_RECVERR, failed);
    assert_failed(qio_channel_flush(QIO_CHANNEL(client), &err), &err,
                  EHOSTUNREACH);
    say(SOL_IP, IP_RECVERR, foreign);
    assert_failed(qio_channel_flush(QIO_CHANNEL(client), &err), &err, 0);
    say(SOL_IP, IP_RECVERR, completed(5, 4, true));
    assert_failed(qio_channel_flush(QIO_CHANNEL(client), &err), &err, 0);
    g_assert_cmpint(client->zero_copy_sent, ==, 0);
    /* What was counted before an error stays counted. */
    say(SOL_IP, IP_RECVERR, completed(0, 0, true));
    say(SOL_IP, IP_RECVERR, failed);
    assert_failed(qio_channel_flush(QIO_CHANNEL(client), &err), &err,
                  EHOSTUNREACH);
    g_assert_cmpint(client->zero_copy_sent, ==, 1);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_no_memory_once(void)
{
    QIOChannelSocket *client, *server;
    char data[4096];

    sockets_pair("127.0.0.1:0", &client, &server);
    write_zero_copy(client, &error_abort);
    qio_channel_read_all(QIO_CHANNEL(server), data, sizeof(data), &error_abort);
    /* A blocking socket waits for what is on its way, then tries again. */
    sends = 0;
    failing_sends = 1;
    g_assert_cmpint(write_zero_copy(client, &error_abort), ==, 4096);
    g_assert_cmpint(sends, ==, 2);
    g_assert_cmpint(client->zero_copy_sent, ==, 1);
    g_assert_cmpint(client->zero_copy_queued, ==, 2);
    qio_channel_read_all(QIO_CHANNEL(server), data, sizeof(data), &error_abort);
    /* What the wait took counts for the next flush. */
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 1);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_no_memory_twice(void)
{
    QIOChannelSocket *client, *server;
    Error *err = NULL;

    sockets_pair("127.0.0.1:0", &client, &server);
    failing_sends = 2;
    g_assert_cmpint(write_zero_copy(client, &err), ==, -1);
    g_assert_cmpint(errno, ==, ENOBUFS);
    g_assert_nonnull(strstr(error_get_pretty(err), "MSG_ZEROCOPY"));
    error_free_or_abort(&err);
    g_assert_cmpint(client->zero_copy_queued, ==, 0);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_no_memory_non_blocking(void)
{
    QIOChannelSocket *server, *client = scripted_channel(&server, 2);

    qio_channel_set_blocking(QIO_CHANNEL(client), false, &error_abort);
    say(SOL_IP, IP_RECVERR, completed(0, 0, false));
    failing_sends = 1;
    queue_reads = 0;
    /* It takes one notice, finds no other, and does not wait for it. */
    g_assert_cmpint(write_zero_copy(client, &error_abort), ==, 4096);
    g_assert_cmpint(queue_reads, ==, 2);
    g_assert_cmpint(client->zero_copy_sent, ==, 1);
    say(SOL_IP, IP_RECVERR, completed(1, 2, true));
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 0);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_drain_error(void)
{
    QIOChannelSocket *server, *client = scripted_channel(&server, 1);
    struct sock_extended_err failed = completed(0, 0, false);
    Error *err = NULL;

    failed.ee_errno = EHOSTUNREACH;
    say(SOL_IP, IP_RECVERR, failed);
    failing_sends = 1;
    assert_failed(write_zero_copy(client, &err), &err, EHOSTUNREACH);
    object_unref(OBJECT(client));
    object_unref(OBJECT(server));
}

static void test_reopened(void)
{
    g_autoptr(SocketAddress) address = NULL;
    QIOChannelSocket *listener = sockets_listener("127.0.0.1:0", &address);
    QIOChannelSocket *client = sockets_client(address);

    write_zero_copy(client, &error_abort);
    qio_channel_close(QIO_CHANNEL(client), &error_abort);
    qio_channel_socket_connect_sync(client, address, &error_abort);
    g_assert_cmpint(client->zero_copy_queued, ==, 0);
    g_assert_cmpint(qio_channel_flush(QIO_CHANNEL(client), &error_abort), ==, 0);
    object_unref(OBJECT(client));
    object_unref(OBJECT(listener));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    sockets_warm_up();
    testing_add("/zero-copy/loopback", test_loopback);
    testing_add("/zero-copy/flush-waits", test_flush_waits);
    testing_add("/zero-copy/refused", test_refused);
    testing_add("/zero-copy/truly", test_truly_without_copy);
    testing_add("/zero-copy/odd-notices", test_odd_notices);
    testing_add("/zero-copy/no-memory-once", test_no_memory_once);
    testing_add("/zero-copy/no-memory-twice", test_no_memory_twice);
    testing_add("/zero-copy/no-memory-non-blocking",
                test_no_memory_non_blocking);
    testing_add("/zero-copy/drain-error", test_drain_error);
    testing_add("/zero-copy/reopened", test_reopened);
    return g_test_run();
}
