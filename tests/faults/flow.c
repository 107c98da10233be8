/*
 * Bytes on their way from one channel to another, and a check of what arrives.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "flow.h"

#include <sys/socket.h>

#include "block/aio.h"
#include "io/channel-socket.h"
#include "qemu/coroutine.h"

#define CHUNK 10000
/* What a socket has room for: less than is sent, so that senders have to wait. */
#define ROOM 8192

/* One that a fault cannot make of another at a wrong place. */
static char byte_at(size_t offset)
{
    return (char)(offset * 131 + (offset >> 8) * 7 + (offset >> 16));
}

void flow_fill(char *data, size_t offset, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        data[i] = byte_at(offset + i);
    }
}

void flow_check(const char *data, size_t offset, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != byte_at(offset + i)) {
            printf("wrong byte at %zu\n", offset + i);
            exit(EXIT_FAILURE);
        }
    }
}

static void check_end(Flow *flow)
{
    if (flow->received != flow->size && outcome_is_good(flow->outcome)) {
        printf("an end after %zu bytes of %zu, and no error\n", flow->received, flow->size);
        exit(EXIT_FAILURE);
    }
}

/* The other end sees that there is nothing more to come. */
static void give_up(QIOChannel *ioc, Outcome *outcome, Error *err)
{
    outcome_error(outcome, err);
    qio_channel_close(ioc, NULL);
}

static void end_sending(Flow *flow)
{
    Error *err = NULL;

    if (flow->end) {
        flow->end(flow, &err);
    } else {
        qio_channel_shutdown(flow->from, QIO_CHANNEL_SHUTDOWN_WRITE, &err);
    }
    if (err) {
        give_up(flow->from, flow->outcome, err);
    }
}

/* A piece in three elements, one of them empty. */
static int as_vector(struct iovec *elements, char *data, size_t size)
{
    elements[0] = (struct iovec){ data, size / 3 };
    elements[1] = (struct iovec){ NULL, 0 };
    elements[2] = (struct iovec){ data + size / 3, size - size / 3 };
    return 3;
}

/* Sends what goes without waiting, at most a piece. False: an error. */
static ssize_t send_piece(Flow *flow, Error **errp)
{
    g_autofree char *data = g_malloc(CHUNK);
    size_t size = MIN(CHUNK, flow->size - flow->sent);
    struct iovec elements[3];
    ssize_t count;

    flow_fill(data, flow->sent, size);
    count = qio_channel_writev(flow->from, elements, as_vector(elements, data, size), errp);
    if (count > 0) {
        flow->sent += count;
    }
    return count;
}

static ssize_t receive_piece(Flow *flow, Error **errp)
{
    g_autofree char *data = g_malloc(CHUNK);
    struct iovec elements[3];
    ssize_t count = qio_channel_readv(flow->to, elements, as_vector(elements, data, CHUNK), errp);

    if (count > 0) {
        flow_check(data, flow->received, count);
        flow->received += count;
    }
    return count;
}

/*
 * Watches.
 */

static gboolean on_writable(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    Flow *flow = opaque;
    Error *err = NULL;
    ssize_t count = send_piece(flow, &err);

    if (count == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (count < 0) {
        give_up(flow->from, flow->outcome, err);
    }
    flow->is_sent = count < 0 || flow->sent == flow->size;
    return flow->is_sent ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static gboolean on_readable(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    Flow *flow = opaque;
    Error *err = NULL;
    ssize_t count = receive_piece(flow, &err);

    if (count == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (count > 0) {
        if (flow->received == flow->size) {
            end_sending(flow);
        }
        return G_SOURCE_CONTINUE;
    }
    if (count < 0 && flow->received == flow->size && flow->ends_in_error) {
        error_free(err);
    } else if (count < 0) {
        give_up(flow->to, flow->outcome, err);
    }
    check_end(flow);
    flow->is_received = true;
    return G_SOURCE_REMOVE;
}

void flow_by_watches(Flow *flow)
{
    qio_channel_add_watch(flow->from, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable, flow, NULL);
    qio_channel_add_watch(flow->to, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, flow, NULL);
    while (!flow->is_sent || !flow->is_received) {
        g_main_context_iteration(NULL, TRUE);
    }
}

/*
 * Threads.
 */

static gpointer send_in_pieces(gpointer opaque)
{
    Flow *flow = opaque;
    Error *err = NULL;

    while (flow->sent < flow->size) {
        ssize_t count = send_piece(flow, &err);

        if (count < 0) {
            if (count == QIO_CHANNEL_ERR_BLOCK) {
                error_setg(&err, "would block");
            }
            give_up(flow->from, flow->outcome, err);
            return NULL;
        }
    }
    end_sending(flow);
    return NULL;
}

static void receive_in_pieces(Flow *flow)
{
    Error *err = NULL;
    ssize_t count;

    while ((count = receive_piece(flow, &err)) > 0) {
        /* Checked. */
    }
    if (count == QIO_CHANNEL_ERR_BLOCK) {
        error_setg(&err, "would block");
    }
    if (count < 0) {
        give_up(flow->to, flow->outcome, err);
    }
}

void flow_by_threads(Flow *flow)
{
    GThread *sender = g_thread_new("sender", send_in_pieces, flow);

    receive_in_pieces(flow);
    g_thread_join(sender);
    check_end(flow);
}

static void send_all(Flow *flow)
{
    g_autofree char *data = g_malloc(flow->size);
    struct iovec elements[3];
    Error *err = NULL;

    flow_fill(data, 0, flow->size);
    if (qio_channel_writev_all(flow->from, elements, as_vector(elements, data, flow->size),
                               &err) < 0) {
        give_up(flow->from, flow->outcome, err);
        return;
    }
    flow->sent = flow->size;
    end_sending(flow);
}

static gpointer send_all_in_thread(gpointer opaque)
{
    send_all(opaque);
    return NULL;
}

/* Everything, and then the end. */
static void receive_all(Flow *flow)
{
    g_autofree char *data = g_malloc(flow->size);
    struct iovec elements[3];
    Error *err = NULL;
    int result = qio_channel_readv_all_eof(flow->to, elements,
                                           as_vector(elements, data, flow->size), &err);

    if (result == 1) {
        flow_check(data, 0, flow->size);
        flow->received = flow->size;
        result = qio_channel_read_all_eof(flow->to, data, 1, &err);
        g_assert_cmpint(result, !=, 1);
    }
    if (result < 0) {
        give_up(flow->to, flow->outcome, err);
    }
}

void flow_all_at_once(Flow *flow)
{
    GThread *sender = g_thread_new("sender", send_all_in_thread, flow);

    receive_all(flow);
    g_thread_join(sender);
    check_end(flow);
}

/*
 * Coroutines.
 */

static void coroutine_fn send_in_coroutine(void *opaque)
{
    Flow *flow = opaque;

    send_all(flow);
    flow->is_sent = true;
}

static void coroutine_fn receive_in_coroutine(void *opaque)
{
    Flow *flow = opaque;

    receive_all(flow);
    flow->is_received = true;
}

void flow_by_coroutines(Flow *flow, AioContext *ctx)
{
    qemu_aio_coroutine_enter(ctx, qemu_coroutine_create(receive_in_coroutine, flow));
    qemu_aio_coroutine_enter(ctx, qemu_coroutine_create(send_in_coroutine, flow));
    while (!flow->is_sent || !flow->is_received) {
        aio_poll(ctx, true);
    }
    check_end(flow);
}

/*
 * Pairs.
 */

bool flow_socket_pair(Outcome *outcome, QIOChannel *ends[2])
{
    int fds[2];
    Error *err = NULL;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    for (int i = 0; i < 2; i++) {
        static const int room = ROOM;
        QIOChannelSocket *channel = err ? NULL : qio_channel_socket_new_fd(fds[i], &err);

        setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
        ends[i] = (QIOChannel *)channel;
        if (!channel) {
            close(fds[i]);
        }
    }
    outcome_error(outcome, err);
    return ends[0] && ends[1];
}

bool flow_set_blocking(Outcome *outcome, QIOChannel *ends[2], bool blocking)
{
    Error *err = NULL;
    bool good = qio_channel_set_blocking(ends[0], blocking, &err) == 0 &&
                qio_channel_set_blocking(ends[1], blocking, &err) == 0;

    outcome_error(outcome, err);
    return good;
}

void flow_drop(QIOChannel *ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i]) {
            object_unref(OBJECT(ends[i]));
        }
    }
}
