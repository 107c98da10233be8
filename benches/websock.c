/*
 * WebSocket against raw system calls in the same run: prints ratios of the thread's
 * CPU time, and of wall-clock time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include "io/channel-util.h"
#include "io/channel-websock.h"
#include "qapi/error.h"
#include "qemu/module.h"

enum { CHUNK = 65536, BYTES = 1 << 30 };

typedef struct Times {
    double cpu;
    double wall;
} Times;

static double now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static Times start(void)
{
    return (Times) { now(CLOCK_THREAD_CPUTIME_ID), now(CLOCK_MONOTONIC) };
}

static Times since(Times start)
{
    return (Times) { now(CLOCK_THREAD_CPUTIME_ID) - start.cpu, now(CLOCK_MONOTONIC) - start.wall };
}

static GByteArray *masked_frames(size_t payload, size_t total)
{
    GByteArray *stream = g_byte_array_new();

    while (stream->len < total) {
        uint8_t header[14] = { 0x82 };
        size_t length = 2, i;

        if (payload < 126) {
            header[1] = 0x80 | payload;
        } else if (payload < 65536) {
            header[1] = 0x80 | 126;
            header[2] = payload >> 8;
            header[3] = payload;
            length = 4;
        } else {
            header[1] = 0x80 | 127;
            for (i = 0; i < 8; i++) {
                header[2 + i] = (uint64_t)payload >> (56 - 8 * i);
            }
            length = 10;
        }
        memcpy(header + length, "\x12\x34\x56\x78", 4);
        g_byte_array_append(stream, header, length + 4);
        g_byte_array_set_size(stream, stream->len + payload);
    }
    return stream;
}

typedef struct Sender {
    int fd;
    GByteArray *stream;
    size_t total;
} Sender;

static gpointer send_all(gpointer opaque)
{
    Sender *sender = opaque;
    size_t sent = 0;

    while (sent < sender->total) {
        size_t at = sent % sender->stream->len;
        ssize_t count = send(sender->fd, sender->stream->data + at, sender->stream->len - at,
                             MSG_NOSIGNAL);

        if (count <= 0) {
            break;
        }
        sent += count;
    }
    shutdown(sender->fd, SHUT_WR);
    return NULL;
}

static gpointer drain(gpointer opaque)
{
    static char buffer[1 << 20];

    while (recv(GPOINTER_TO_INT(opaque), buffer, sizeof(buffer), 0) > 0) {
    }
    return NULL;
}

static void opened(QIOTask *task, gpointer opaque)
{
    g_assert_false(qio_task_propagate_error(task, &error_abort));
    *(bool *)opaque = true;
}

static QIOChannel *open_server(int fds[2])
{
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    QIOChannel *master;
    QIOChannelWebsock *websock;
    bool done = false;
    char reply[184];

    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    master = qio_channel_new_fd(fds[0], &error_abort);
    websock = qio_channel_websock_new_server(master);
    object_unref(OBJECT(master));
    qio_channel_websock_handshake(websock, opened, &done, NULL);
    g_assert_cmpint(send(fds[1], request, sizeof(request) - 1, 0), ==, sizeof(request) - 1);
    while (!done) {
        g_main_context_iteration(NULL, TRUE);
    }
    g_assert_cmpint(recv(fds[1], reply, sizeof(reply), MSG_WAITALL), ==, sizeof(reply));
    return QIO_CHANNEL(websock);
}

static Times read_raw(GByteArray *stream)
{
    static char buffer[CHUNK], copy[CHUNK];
    int fds[2];
    Sender sender;
    GThread *thread;
    Times begin;
    ssize_t count;

    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    sender = (Sender) { fds[1], stream, BYTES / stream->len * stream->len };
    thread = g_thread_new("sender", send_all, &sender);
    begin = start();
    while ((count = recv(fds[0], buffer, sizeof(buffer), 0)) > 0) {
        memcpy(copy, buffer, count);
        asm volatile("" ::: "memory");
    }
    begin = since(begin);
    g_thread_join(thread);
    close(fds[0]);
    close(fds[1]);
    return begin;
}

static Times read_websock(GByteArray *stream)
{
    static char buffer[CHUNK];
    int fds[2];
    QIOChannel *ioc = open_server(fds);
    Sender sender = { fds[1], stream, BYTES / stream->len * stream->len };
    GThread *thread = g_thread_new("sender", send_all, &sender);
    Times begin = start();

    while (qio_channel_read(ioc, buffer, sizeof(buffer), &error_abort) > 0) {
    }
    begin = since(begin);
    g_thread_join(thread);
    object_unref(OBJECT(ioc));
    close(fds[1]);
    return begin;
}

static Times write_raw(void)
{
    static char data[CHUNK];
    char header[10] = { 0 };
    struct iovec iov[2] = { { header, sizeof(header) }, { data, CHUNK } };
    int fds[2];
    GThread *thread;
    Times begin;
    size_t sent;

    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    thread = g_thread_new("drain", drain, GINT_TO_POINTER(fds[1]));
    begin = start();
    for (sent = 0; sent < BYTES; sent += CHUNK) {
        g_assert_cmpint(writev(fds[0], iov, 2), ==, CHUNK + sizeof(header));
    }
    begin = since(begin);
    close(fds[0]);
    g_thread_join(thread);
    close(fds[1]);
    return begin;
}

static Times write_websock(void)
{
    static char data[CHUNK];
    int fds[2];
    QIOChannel *ioc = open_server(fds);
    GThread *thread = g_thread_new("drain", drain, GINT_TO_POINTER(fds[1]));
    Times begin = start();
    size_t sent;

    for (sent = 0; sent < BYTES; sent += CHUNK) {
        g_assert_cmpint(qio_channel_write(ioc, data, CHUNK, &error_abort), ==, CHUNK);
    }
    begin = since(begin);
    object_unref(OBJECT(ioc));
    shutdown(fds[1], SHUT_RD);
    g_thread_join(thread);
    close(fds[1]);
    return begin;
}

static void report(const char *what, Times ours, Times raw, double limit)
{
    printf("%-22s cpu %5.2fx  wall %5.2fx  (limit %.2fx; %.0f MB/s)\n", what,
           ours.cpu / raw.cpu, ours.wall / raw.wall, limit, BYTES / 1e6 / ours.wall);
}

int main(void)
{
    GByteArray *large = masked_frames(65536, 1 << 20);
    GByteArray *small = masked_frames(100, 1 << 20);
    int round;

    module_call_init(MODULE_INIT_QOM);
    for (round = 0; round < 3; round++) {
        report("read 64 KiB frames", read_websock(large), read_raw(large), 1.6);
        report("read 100-byte frames", read_websock(small), read_raw(small), 4);
        report("write 64 KiB frames", write_websock(), write_raw(), 1.15);
    }
    g_byte_array_unref(large);
    g_byte_array_unref(small);
    return 0;
}
