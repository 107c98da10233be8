/*
 * What the WebSocket tests share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/socket.h>
#include <poll.h>
#include "websock.h"
#include "io/channel-util.h"
#include "testing.h"

/* How long something may take that is expected to happen. */
#define LONG_TIME (20 * G_USEC_PER_SEC)

void pair_init_over(Pair *pair, QIOChannel *master)
{
    memset(pair, 0, sizeof(*pair));
    pair->peer = -1;
    pair->master = master;
    pair->websock = qio_channel_websock_new_server(master);
    pair->ioc = QIO_CHANNEL(pair->websock);
}

void pair_init(Pair *pair, gboolean blocking)
{
    int fds[2];
    QIOChannel *master;

    testing_socket_pair(fds);
    master = qio_channel_new_fd(fds[0], &error_abort);
    qio_channel_set_blocking(master, blocking, &error_abort);
    pair_init_over(pair, master);
    pair->peer = fds[1];
}

static void handshake_done(QIOTask *task, gpointer opaque)
{
    Outcome *outcome = opaque;
    Error *err = NULL;

    outcome->error = qio_task_propagate_error(task, &err);
    if (err) {
        outcome->message = g_strdup(error_get_pretty(err));
        error_free(err);
    }
    outcome->called++;
}

static void handshake_destroyed(gpointer opaque)
{
    Outcome *outcome = opaque;

    outcome->destroyed++;
}

void pair_handshake(Pair *pair)
{
    qio_channel_websock_handshake(pair->websock, handshake_done, &pair->outcome,
                                  handshake_destroyed);
}

void pair_open(Pair *pair, gboolean blocking)
{
    char reply[184];

    pair_init(pair, blocking);
    pair_handshake(pair);
    peer_send(pair, REQUEST, strlen(REQUEST));
    run_until(&pair->outcome.called);
    g_assert_false(pair->outcome.error);
    g_assert_cmpint(pair->outcome.destroyed, ==, 1);
    g_assert_cmpint(recv(pair->peer, reply, sizeof(reply), MSG_WAITALL), ==, sizeof(reply));
    g_assert_cmpint(pair->ioc->parent.ref, ==, 1);
}

void pair_done(Pair *pair)
{
    g_assert_cmpint(pair->ioc->parent.ref, ==, 1);
    object_unref(OBJECT(pair->ioc));
    g_assert_cmpint(pair->master->parent.ref, ==, 1);
    object_unref(OBJECT(pair->master));
    if (pair->peer != -1) {
        close(pair->peer);
    }
    g_free(pair->outcome.message);
}

static G_NORETURN gboolean too_late(gpointer opaque)
{
    g_error("%s took too long", (const char *)opaque);
}

void run_until(const int *number)
{
    guint timer = g_timeout_add(LONG_TIME / 1000, too_late, (gpointer)"an event");

    while (!*number) {
        g_main_context_iteration(NULL, TRUE);
    }
    g_source_remove(timer);
}

void run_pending(void)
{
    while (g_main_context_iteration(NULL, FALSE)) {
    }
}

void assert_idle(void)
{
    int turns;

    /* What is under way may end first. */
    for (turns = 0; turns < 100 && g_main_context_iteration(NULL, FALSE); turns++) {
    }
    for (turns = 0; turns < 10; turns++) {
        g_assert_false(g_main_context_iteration(NULL, FALSE));
    }
}

void peer_send(Pair *pair, const void *data, size_t size)
{
    const char *bytes = data;

    while (size) {
        ssize_t count = send(pair->peer, bytes, size, MSG_NOSIGNAL);

        g_assert_cmpint(count, >, 0);
        bytes += count;
        size -= count;
    }
}

GByteArray *frame_new(uint8_t first, const void *payload, size_t size)
{
    static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
    const uint8_t *bytes = payload;
    GByteArray *frame = g_byte_array_new();
    uint8_t header[10] = { first };
    size_t length = 2, i;

    if (size < 126) {
        header[1] = 0x80 | size;
    } else if (size < 65536) {
        header[1] = 0x80 | 126;
        header[2] = size >> 8;
        header[3] = size;
        length = 4;
    } else {
        header[1] = 0x80 | 127;
        for (i = 0; i < 8; i++) {
            header[2 + i] = (uint64_t)size >> (56 - 8 * i);
        }
        length = 10;
    }
    g_byte_array_append(frame, header, length);
    g_byte_array_append(frame, mask, sizeof(mask));
    length = frame->len;
    g_byte_array_set_size(frame, length + size);
    for (i = 0; i < size; i++) {
        frame->data[length + i] = bytes[i] ^ mask[i % 4];
    }
    return frame;
}

void peer_frame(Pair *pair, uint8_t first, const void *payload, size_t size)
{
    GByteArray *frame = frame_new(first, payload, size);

    peer_send(pair, frame->data, frame->len);
    g_byte_array_unref(frame);
}

/* One byte or end of stream from the channel; runs the main loop meanwhile. */
static ssize_t peer_recv(Pair *pair, void *data, size_t size)
{
    gint64 end = g_get_monotonic_time() + LONG_TIME;

    for (;;) {
        ssize_t count = recv(pair->peer, data, size, MSG_DONTWAIT);

        if (count >= 0 || errno != EAGAIN) {
            return count;
        }
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        if (!g_main_context_iteration(NULL, FALSE)) {
            struct pollfd fd = { .fd = pair->peer, .events = POLLIN };

            poll(&fd, 1, 1);
        }
    }
}

void peer_expect(Pair *pair, const void *data, size_t size)
{
    g_autofree char *received = g_malloc(size + 1);
    size_t have = 0;

    while (have < size) {
        ssize_t count = peer_recv(pair, received + have, size - have);

        g_assert_cmpint(count, >, 0);
        have += count;
    }
    g_assert_cmpmem(received, size, data, size);
}

void peer_expect_end(Pair *pair)
{
    char byte;

    g_assert_cmpint(peer_recv(pair, &byte, 1), ==, 0);
}

void expect_read(Pair *pair, const void *data, size_t size)
{
    g_autofree char *received = g_malloc(size + 1);
    size_t have = 0;

    while (have < size) {
        ssize_t count = qio_channel_read(pair->ioc, received + have, size - have,
                                         &error_abort);

        if (count == QIO_CHANNEL_ERR_BLOCK) {
            qio_channel_wait(pair->ioc, G_IO_IN);
            continue;
        }
        g_assert_cmpint(count, >, 0);
        have += count;
    }
    g_assert_cmpmem(received, size, data, size);
}

void expect_block(Pair *pair)
{
    char byte;

    g_assert_cmpint(qio_channel_read(pair->ioc, &byte, 1, &error_abort), ==,
                    QIO_CHANNEL_ERR_BLOCK);
    g_assert_cmpint(errno, ==, EAGAIN);
}

char *expect_error(Pair *pair)
{
    Error *err = NULL;
    char *message;
    char byte;

    g_assert_cmpint(qio_channel_read(pair->ioc, &byte, 1, &err), ==, -1);
    g_assert_nonnull(err);
    message = g_strdup(error_get_pretty(err));
    error_free(err);
    return message;
}

char *pattern_new(size_t size)
{
    char *data = g_malloc(size + 1);
    size_t i;

    for (i = 0; i < size; i++) {
        data[i] = i * 31 + (i >> 8);
    }
    return data;
}
