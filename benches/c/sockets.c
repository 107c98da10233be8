/*
 * Sockets: against the system calls that they make.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "io/channel-socket.h"
#include "qapi/error.h"

enum { BULK = 65536, PIECE = 64, PIECES = 4 };

/* Both ends of a connection, as channels and as descriptors. */
typedef struct Pair {
    QIOChannel *channels[2];
    int fds[2];
    char *buffer;
    int passed;
} Pair;

static void pair_open(Pair *pair)
{
    int i;

    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair->fds) == 0);
    for (i = 0; i < 2; i++) {
        pair->channels[i] = QIO_CHANNEL(qio_channel_socket_new_fd(pair->fds[i], &error_abort));
    }
    pair->buffer = g_malloc0(BULK);
}

static void pair_close(Pair *pair)
{
    object_unref(OBJECT(pair->channels[0]));
    object_unref(OBJECT(pair->channels[1]));
    g_free(pair->buffer);
}

static void byte_ours(void *state, unsigned count)
{
    Pair *pair = state;

    while (count--) {
        bench_require(qio_channel_write(pair->channels[0], pair->buffer, 1, NULL) == 1);
        bench_require(qio_channel_read(pair->channels[1], pair->buffer, 1, NULL) == 1);
    }
}

static void byte_reference(void *state, unsigned count)
{
    Pair *pair = state;

    while (count--) {
        bench_require(send(pair->fds[0], pair->buffer, 1, MSG_NOSIGNAL) == 1);
        bench_require(recv(pair->fds[1], pair->buffer, 1, 0) == 1);
    }
}

static void pieces_fill(Pair *pair, struct iovec iov[PIECES])
{
    int i;

    for (i = 0; i < PIECES; i++) {
        iov[i] = (struct iovec) { pair->buffer + i * PIECE, PIECE };
    }
}

static void pieces_ours(void *state, unsigned count)
{
    Pair *pair = state;
    struct iovec iov[PIECES];

    pieces_fill(pair, iov);
    while (count--) {
        bench_require(qio_channel_writev_all(pair->channels[0], iov, PIECES, NULL) == 0);
        bench_require(qio_channel_readv_all(pair->channels[1], iov, PIECES, NULL) == 0);
    }
}

static void pieces_reference(void *state, unsigned count)
{
    Pair *pair = state;
    struct iovec iov[PIECES];
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = PIECES };

    pieces_fill(pair, iov);
    while (count--) {
        bench_require(sendmsg(pair->fds[0], &message, MSG_NOSIGNAL) == PIECE * PIECES);
        bench_require(recvmsg(pair->fds[1], &message, 0) == PIECE * PIECES);
    }
}

static void bulk_ours(void *state, unsigned count)
{
    Pair *pair = state;

    while (count--) {
        bench_require(qio_channel_write_all(pair->channels[0], pair->buffer, BULK, NULL) == 0);
        bench_require(qio_channel_read_all(pair->channels[1], pair->buffer, BULK, NULL) == 0);
    }
}

static void bulk_reference(void *state, unsigned count)
{
    Pair *pair = state;

    while (count--) {
        size_t sent = 0, received = 0;

        while (sent < BULK) {
            ssize_t ret = send(pair->fds[0], pair->buffer + sent, BULK - sent, MSG_NOSIGNAL);

            bench_require(ret > 0);
            sent += ret;
        }
        while (received < BULK) {
            ssize_t ret = recv(pair->fds[1], pair->buffer + received, BULK - received, 0);

            bench_require(ret > 0);
            received += ret;
        }
    }
}

static void passing_ours(void *state, unsigned count)
{
    Pair *pair = state;
    struct iovec iov = { pair->buffer, 1 };

    while (count--) {
        int *fds = NULL;
        size_t nfds = 0;

        bench_require(qio_channel_writev_full(pair->channels[0], &iov, 1, &pair->passed, 1, 0,
                                              NULL) == 1);
        bench_require(qio_channel_readv_full(pair->channels[1], &iov, 1, &fds, &nfds,
                                             NULL) == 1);
        bench_require(nfds == 1);
        close(fds[0]);
        g_free(fds);
    }
}

/* What the API promises of a received descriptor: close-on-exec, and blocking. */
static void passing_reference(void *state, unsigned count)
{
    Pair *pair = state;

    while (count--) {
        struct iovec iov = { pair->buffer, 1 };
        union {
            struct cmsghdr header;
            char space[CMSG_SPACE(sizeof(int))];
        } control;
        struct msghdr message = {
            .msg_iov = &iov, .msg_iovlen = 1,
            .msg_control = &control, .msg_controllen = sizeof(control),
        };
        int fd, flags;

        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &pair->passed, sizeof(int));
        bench_require(sendmsg(pair->fds[0], &message, MSG_NOSIGNAL) == 1);
        message.msg_controllen = sizeof(control);
        bench_require(recvmsg(pair->fds[1], &message, MSG_CMSG_CLOEXEC) == 1);
        bench_require(control.header.cmsg_type == SCM_RIGHTS);
        memcpy(&fd, CMSG_DATA(&control.header), sizeof(int));
        flags = fcntl(fd, F_GETFL);
        bench_require(flags >= 0);
        if (flags & O_NONBLOCK) {
            bench_require(fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0);
        }
        close(fd);
    }
}

/* A listening socket and the clients that wait at it. */
typedef struct Door {
    QIOChannelSocket *listener;
    struct sockaddr_un address;
    socklen_t length;
    int clients[64];
} Door;

static void door_open(Door *door)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    door->address.sun_family = AF_UNIX;
    door->length = sizeof(sa_family_t);
    bench_require(bind(fd, (struct sockaddr *)&door->address, door->length) == 0);
    door->length = sizeof(door->address);
    bench_require(getsockname(fd, (struct sockaddr *)&door->address, &door->length) == 0);
    bench_require(listen(fd, G_N_ELEMENTS(door->clients)) == 0);
    door->listener = qio_channel_socket_new_fd(fd, &error_abort);
}

static void door_connect(void *state, unsigned count)
{
    Door *door = state;

    while (count--) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        bench_require(connect(fd, (struct sockaddr *)&door->address, door->length) == 0);
        door->clients[count] = fd;
    }
}

static void door_hang_up(void *state, unsigned count)
{
    Door *door = state;

    while (count--) {
        close(door->clients[count]);
    }
}

static void accept_ours(void *state, unsigned count)
{
    Door *door = state;

    while (count--) {
        QIOChannelSocket *channel = qio_channel_socket_accept(door->listener, NULL);

        bench_require(channel);
        object_unref(OBJECT(channel));
    }
}

/* Both addresses are public fields of an accepted channel, so they are asked for. */
static void accept_reference(void *state, unsigned count)
{
    Door *door = state;

    while (count--) {
        struct sockaddr_storage address;
        socklen_t length = sizeof(address);
        int fd = accept4(door->listener->fd, (struct sockaddr *)&address, &length, SOCK_CLOEXEC);

        bench_require(fd >= 0);
        length = sizeof(address);
        bench_require(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
        close(fd);
    }
}

static void measure_accept(void)
{
    Door door = { 0 };

    door_open(&door);
    bench_compare(&(BenchRow) {
        .name = "accept and close", .target = 1.15, .state = &door,
        .count = G_N_ELEMENTS(door.clients),
        .ours = { door_connect, accept_ours, door_hang_up },
        .reference = { door_connect, accept_reference, door_hang_up },
    });
    object_unref(OBJECT(door.listener));
}

void bench_sockets(void)
{
    Pair pair = { .passed = STDERR_FILENO };

    pair_open(&pair);
    bench_compare(&(BenchRow) {
        .name = "socket: write and read 1 byte", .target = 1.08, .state = &pair,
        .ours.run = byte_ours, .reference.run = byte_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "socket: writev_all and readv_all, 4 pieces", .target = 1.05, .state = &pair,
        .ours.run = pieces_ours, .reference.run = pieces_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "socket: write_all and read_all, 64 KiB", .target = 1.02, .state = &pair,
        .ours.run = bulk_ours, .reference.run = bulk_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "socket: pass a descriptor", .target = 1.10, .state = &pair,
        .ours.run = passing_ours, .reference.run = passing_reference,
    });
    pair_close(&pair);
    measure_accept();
}
