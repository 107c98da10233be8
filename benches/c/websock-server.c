/*
 * A WebSocket server with a client that is a bare socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "websock-server.h"

#include <sys/socket.h>

#include "io/channel-socket.h"
#include "io/channel-websock.h"
#include "qapi/error.h"

static const char REQUEST[] =
    "GET / HTTP/1.1\r\n"
    "Host: localhost\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "\r\n";

static void opened(QIOTask *task, gpointer done)
{
    qio_task_propagate_error(task, &error_abort);
    *(bool *)done = true;
}

/* Takes the server's answer off the socket: all up to the empty line. */
static void receive_head(int fd)
{
    char last[4] = { 0 };

    while (memcmp(last, "\r\n\r\n", 4) != 0) {
        memmove(last, last + 1, 3);
        bench_require(recv(fd, last + 3, 1, 0) == 1);
    }
}

QIOChannel *websock_server_new(int *peer)
{
    QIOChannel *master;
    QIOChannelWebsock *server;
    bool done = false;
    int fds[2];

    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    master = QIO_CHANNEL(qio_channel_socket_new_fd(fds[0], &error_abort));
    server = qio_channel_websock_new_server(master);
    object_unref(OBJECT(master));
    qio_channel_websock_handshake(server, opened, &done, NULL);
    bench_require(send(fds[1], REQUEST, strlen(REQUEST), 0) == (ssize_t)strlen(REQUEST));
    while (!done) {
        g_main_context_iteration(NULL, TRUE);
    }
    receive_head(fds[1]);
    *peer = fds[1];
    return QIO_CHANNEL(server);
}

GByteArray *websock_masked_frames(size_t length, size_t count)
{
    static const uint8_t mask[4] = { 0x12, 0x34, 0x56, 0x78 };
    GByteArray *frames = g_byte_array_new();

    while (count--) {
        uint8_t header[10] = { 0x82 };
        size_t header_length = 2, i;

        if (length < 126) {
            header[1] = 0x80 | length;
        } else if (length < 65536) {
            header[1] = 0x80 | 126;
            header[2] = length >> 8;
            header[3] = length;
            header_length = 4;
        } else {
            header[1] = 0x80 | 127;
            for (i = 0; i < 8; i++) {
                header[2 + i] = (uint64_t)length >> (56 - 8 * i);
            }
            header_length = 10;
        }
        g_byte_array_append(frames, header, header_length);
        g_byte_array_append(frames, mask, sizeof(mask));
        for (i = 0; i < length; i++) {
            g_byte_array_append(frames, &mask[i % 4], 1);
        }
    }
    return frames;
}

void websock_make_room(int fd, int size)
{
    bench_require(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0);
}

void websock_exchange(QIOChannel *server, int peer)
{
    static const uint8_t ping[] = { 0x89, 0x84, 0, 0, 0, 0, 'p', 'i', 'n', 'g' };
    g_autoptr(GByteArray) frames = websock_masked_frames(1000, 1);
    char buffer[1000];
    ssize_t received;

    g_byte_array_append(frames, ping, sizeof(ping));
    bench_require(send(peer, frames->data, frames->len, 0) == (ssize_t)frames->len);
    bench_require(qio_channel_read_all(server, buffer, sizeof(buffer), NULL) == 0);
    bench_require(qio_channel_write_all(server, buffer, sizeof(buffer), NULL) == 0);
    /* The ping is a matter of the main context, and its answer may come first. */
    for (received = 0; received < 4 + (int)sizeof(buffer) + 2 + 4;) {
        ssize_t ret = recv(peer, buffer, sizeof(buffer), MSG_DONTWAIT);

        bench_require(ret > 0 || errno == EAGAIN);
        received += MAX(ret, 0);
        g_main_context_iteration(NULL, FALSE);
    }
}
