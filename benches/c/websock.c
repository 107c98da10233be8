/*
 * WebSocket: against recv() with a copy, and against writev() of the same bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "websock-server.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "qapi/error.h"

enum { CHUNK = 65536, SERVER_HEADER = 10, ROOM = 1 << 20 };

typedef struct Websock {
    QIOChannel *server;
    int client;
    int raw[2];
    GByteArray *frames;
    size_t payload;
    char buffer[CHUNK];
    char copy[CHUNK];
    char sink[CHUNK + SERVER_HEADER];
} Websock;

static void send_frames(int fd, const GByteArray *frames)
{
    bench_require(send(fd, frames->data, frames->len, MSG_NOSIGNAL) == (ssize_t)frames->len);
}

static void read_prepare_ours(void *state, unsigned count)
{
    Websock *websock = state;

    send_frames(websock->client, websock->frames);
}

static void read_ours(void *state, unsigned count)
{
    Websock *websock = state;
    size_t received = 0;

    while (received < websock->payload) {
        ssize_t ret = qio_channel_read(websock->server, websock->buffer, CHUNK, NULL);

        bench_require(ret > 0);
        received += ret;
    }
}

static void read_prepare_reference(void *state, unsigned count)
{
    Websock *websock = state;

    send_frames(websock->raw[1], websock->frames);
}

static void read_reference(void *state, unsigned count)
{
    Websock *websock = state;
    size_t received = 0;

    while (received < websock->frames->len) {
        ssize_t ret = recv(websock->raw[0], websock->buffer, CHUNK, 0);

        bench_require(ret > 0);
        memcpy(websock->copy, websock->buffer, ret);
        asm volatile("" : : : "memory");
        received += ret;
    }
}

static void write_ours(void *state, unsigned count)
{
    Websock *websock = state;

    bench_require(qio_channel_write(websock->server, websock->buffer, CHUNK, NULL) == CHUNK);
}

static void write_reference(void *state, unsigned count)
{
    Websock *websock = state;
    char header[SERVER_HEADER] = { 0 };
    struct iovec iov[2] = { { header, SERVER_HEADER }, { websock->buffer, CHUNK } };

    bench_require(writev(websock->raw[0], iov, 2) == CHUNK + SERVER_HEADER);
}

static void drain(Websock *websock, int fd)
{
    bench_require(recv(fd, websock->sink, sizeof(websock->sink), MSG_WAITALL) ==
                  sizeof(websock->sink));
}

static void write_clean_ours(void *state, unsigned count)
{
    drain(state, ((Websock *)state)->client);
}

static void write_clean_reference(void *state, unsigned count)
{
    drain(state, ((Websock *)state)->raw[1]);
}

static void measure_read(Websock *websock, const char *name, size_t length, size_t frames,
                         double target)
{
    websock->frames = websock_masked_frames(length, frames);
    websock->payload = length * frames;
    bench_compare(&(BenchRow) {
        .name = name, .target = target, .state = websock, .count = 1,
        .ours = { read_prepare_ours, read_ours, NULL },
        .reference = { read_prepare_reference, read_reference, NULL },
    });
    g_byte_array_unref(websock->frames);
}

void bench_websock(void)
{
    g_autofree Websock *websock = NULL;

    if (!bench_group_wanted("WebSocket")) {
        return;
    }
    websock = g_new0(Websock, 1);
    websock->server = websock_server_new(&websock->client);
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, websock->raw) == 0);
    websock_make_room(websock->client, ROOM);
    websock_make_room(websock->raw[1], ROOM);
    measure_read(websock, "WebSocket: read a frame of 64 KiB", CHUNK, 1, 1.6);
    measure_read(websock, "WebSocket: read 16 frames of 4 KiB", 4096, 16, 2);
    measure_read(websock, "WebSocket: read 600 frames of 100 bytes", 100, 600, 4);
    bench_compare(&(BenchRow) {
        .name = "WebSocket: write 64 KiB", .target = 1.15, .state = websock, .count = 1,
        .ours = { NULL, write_ours, write_clean_ours },
        .reference = { NULL, write_reference, write_clean_reference },
    });
    object_unref(OBJECT(websock->server));
    close(websock->client);
    close(websock->raw[0]);
    close(websock->raw[1]);
}
