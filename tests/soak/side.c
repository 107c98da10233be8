/*
 * One end of a connection of the soak test: handshakes, then both streams, each
 * piece of a random size, with a pause now and then.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "side.h"

#include <sys/socket.h>

#include "io/channel-tls.h"
#include "io/channel-websock.h"
#include "pattern.h"
#include "qapi/error.h"
#include "qom/object.h"

/* One write in so many is followed by a pause of up to so long. */
#define PAUSE_EVERY 16
#define PAUSE_MS 50

/* Says that the server has got the client's whole stream. */
#define RECEIPT '!'

typedef struct {
    Sides *sides;
    Role role;
    Stack stack;
    Connection *connection;
    QIOChannelSocket *socket;
    /* The outermost layer. */
    QIOChannel *channel;
    /* What waits, or 0. */
    guint reading;
    guint writing;
    guint pausing;
    /* Before its stream the client says which connection it is. */
    guint64 id;
    size_t id_done;
    bool receipt_done;
} Side;

static void want_to_write(Side *side);

static Stream *outgoing(Side *side)
{
    return &side->connection->stream[side->role];
}

static Stream *incoming(Side *side)
{
    return &side->connection->stream[!side->role];
}

static void remove_source(guint *id)
{
    if (*id) {
        g_source_remove(*id);
        *id = 0;
    }
}

static void fail(Side *side, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void fail(Side *side, const char *format, ...)
{
    if (side->connection && !side->connection->fault) {
        va_list arguments;

        va_start(arguments, format);
        side->connection->fault = g_strdup_vprintf(format, arguments);
        va_end(arguments);
    }
}

static void end(Side *side)
{
    remove_source(&side->reading);
    remove_source(&side->writing);
    remove_source(&side->pausing);
    side->sides->ended(side->connection, side->role);
    side->sides->count--;
    object_unref(side->channel);
    object_unref(side->socket);
    g_free(side);
}

/* The peer is gone, or there was an error. Was that to be? */
static void end_with(Side *side, Error *error)
{
    const char *text = error ? error_get_pretty(error) : "end of file";

    if (side->connection && side->connection->fate == FATE_ORDERLY &&
        (side->role == CLIENT || !side->receipt_done)) {
        fail(side, "%s: %s", side->role == CLIENT ? "client" : "server", text);
    }
    error_free(error);
    end(side);
}

static void reset(Side *side)
{
    struct linger linger = { .l_onoff = 1 };

    setsockopt(side->socket->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    qio_channel_close(QIO_CHANNEL(side->socket), NULL);
}

/* Ends the connection in the way that is its fate, if it is time. */
static bool has_broken(Side *side)
{
    Connection *connection = side->connection;

    if (connection->fate == FATE_ORDERLY || connection->breaker != side->role ||
        outgoing(side)->sent < connection->break_at) {
        return false;
    }
    if (connection->fate == FATE_RESET) {
        reset(side);
    } else if (connection->fate == FATE_SHUTDOWN) {
        qio_channel_shutdown(side->channel, QIO_CHANNEL_SHUTDOWN_BOTH, NULL);
    }
    end(side);
    return true;
}

static gboolean go_on(gpointer opaque)
{
    Side *side = opaque;

    side->pausing = 0;
    want_to_write(side);
    return G_SOURCE_REMOVE;
}

/* Writes nothing for up to so long. */
static void pause_for(Side *side, gint32 most_ms)
{
    gint32 ms = g_rand_int_range(side->sides->random, 0, most_ms);

    side->pausing = g_timeout_add(ms, go_on, side);
}

static gboolean shut_down(gpointer opaque)
{
    Side *side = opaque;

    side->pausing = 0;
    qio_channel_shutdown(QIO_CHANNEL(side->socket), QIO_CHANNEL_SHUTDOWN_BOTH, NULL);
    return G_SOURCE_REMOVE;
}

/*
 * What is to be sent next, and where to count it. NULL if there is nothing: the
 * receipt only comes when its reason has.
 */
static const char *next_piece(Side *side, size_t *size, size_t **done)
{
    static const char receipt[] = { RECEIPT };
    Stream *out = outgoing(side);

    if (side->role == CLIENT && side->id_done < sizeof(side->id)) {
        *size = sizeof(side->id) - side->id_done;
        *done = &side->id_done;
        return (const char *)&side->id + side->id_done;
    }
    if (out->sent < out->length) {
        size_t most = 1 << g_rand_int_range(side->sides->random, 0, 17);

        *size = MIN(MIN(most, PATTERN_PIECE), out->length - out->sent);
        *done = &out->sent;
        return pattern_at(out->start + out->sent);
    }
    if (side->role == SERVER && !side->receipt_done &&
        incoming(side)->received == incoming(side)->length) {
        *size = sizeof(receipt);
        *done = NULL;
        return receipt;
    }
    return NULL;
}

static gboolean on_writable(G_GNUC_UNUSED QIOChannel *channel,
                            G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    Side *side = opaque;
    Error *error = NULL;
    size_t *done;
    size_t size;
    const char *piece = next_piece(side, &size, &done);
    ssize_t result;

    if (!piece) {
        side->writing = 0;
        return G_SOURCE_REMOVE;
    }
    result = qio_channel_write(side->channel, piece, size, &error);
    if (result == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (result < 0) {
        end_with(side, error);
        return G_SOURCE_REMOVE;
    }
    if (done) {
        *done += result;
    } else {
        side->receipt_done = true;
    }
    if (has_broken(side)) {
        return G_SOURCE_REMOVE;
    }
    if (g_rand_int_range(side->sides->random, 0, PAUSE_EVERY) == 0) {
        side->writing = 0;
        pause_for(side, PAUSE_MS);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void want_to_write(Side *side)
{
    if (!side->writing && !side->pausing) {
        side->writing = qio_channel_add_watch(side->channel, G_IO_OUT, on_writable, side, NULL);
    }
}

/* The server's end learns which connection it is. True if it goes on. */
static bool take_id(Side *side, const char **bytes, size_t *count)
{
    size_t size = MIN(*count, sizeof(side->id) - side->id_done);

    memcpy((char *)&side->id + side->id_done, *bytes, size);
    side->id_done += size;
    *bytes += size;
    *count -= size;
    if (side->id_done == sizeof(side->id) && !side->connection) {
        side->connection = side->sides->find(side->id);
        if (!side->connection) {
            end(side);
            return false;
        }
        if (has_broken(side)) {
            return false;
        }
        want_to_write(side);
    }
    return true;
}

/* Compares with what was sent. True if the end goes on. */
static bool take_bytes(Side *side, const char *bytes, size_t count)
{
    Stream *in = incoming(side);
    size_t piece = MIN(count, in->length - in->received);

    if (memcmp(bytes, pattern_at(in->start + in->received), piece) != 0) {
        fail(side, "wrong bytes after %zu", in->received);
    }
    in->received += piece;
    if (count == piece) {
        if (side->role == SERVER && in->received == in->length) {
            want_to_write(side);
        }
        return true;
    }
    /* After the server's stream comes its receipt, and then the client goes. */
    if (side->role == SERVER || count - piece != 1 || bytes[piece] != RECEIPT) {
        fail(side, "%zu bytes too many", count - piece);
    }
    if (outgoing(side)->sent != outgoing(side)->length) {
        fail(side, "a receipt for what was not sent");
    }
    qio_channel_close(side->channel, NULL);
    end(side);
    return false;
}

static gboolean on_readable(G_GNUC_UNUSED QIOChannel *channel,
                            G_GNUC_UNUSED GIOCondition condition, gpointer opaque)
{
    static char buffer[PATTERN_PIECE];
    Side *side = opaque;
    size_t most = 1 << g_rand_int_range(side->sides->random, 0, 17);
    Error *error = NULL;
    ssize_t result = qio_channel_read(side->channel, buffer, most, &error);
    const char *bytes = buffer;
    size_t count;

    if (result == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (result <= 0) {
        end_with(side, error);
        return G_SOURCE_REMOVE;
    }
    count = result;
    if (side->role == SERVER && !take_id(side, &bytes, &count)) {
        return G_SOURCE_REMOVE;
    }
    if (count > 0 && !take_bytes(side, bytes, count)) {
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void start_transfer(Side *side)
{
    side->reading = qio_channel_add_watch(side->channel, G_IO_IN | G_IO_HUP | G_IO_ERR,
                                          on_readable, side, NULL);
    if (side->role == CLIENT) {
        side->id = side->connection->id;
    }
    /* Unless it waits for its time to go away. */
    if (side->role == CLIENT && !side->pausing) {
        pause_for(side, side->sides->rest_ms);
    }
}

/* Has a handshake succeeded? If not, the end is over. */
static bool is_shaken(Side *side, QIOTask *task)
{
    Error *error = NULL;

    if (qio_task_propagate_error(task, &error)) {
        end_with(side, error);
        return false;
    }
    return true;
}

/* The end has a channel for its next layer, or is over. Takes the reference. */
static bool wrap(Side *side, void *layer, Error *error)
{
    if (!layer) {
        end_with(side, error);
        return false;
    }
    object_unref(side->channel);
    side->channel = QIO_CHANNEL(layer);
    return true;
}

static void on_websock(QIOTask *task, gpointer opaque)
{
    if (is_shaken(opaque, task)) {
        start_transfer(opaque);
    }
}

static void start_websock(Side *side)
{
    Error *error = NULL;
    QIOChannelWebsock *websock = side->role == SERVER ?
        qio_channel_websock_new_server(side->channel) :
        qio_channel_websock_new_client(side->channel, "qemu.org", NULL, NULL, &error);

    if (wrap(side, websock, error)) {
        qio_channel_websock_handshake(websock, on_websock, side, NULL);
    }
}

static void on_tls(QIOTask *task, gpointer opaque)
{
    Side *side = opaque;

    if (!is_shaken(side, task)) {
        return;
    }
    if (side->stack == STACK_WSS) {
        start_websock(side);
    } else {
        start_transfer(side);
    }
}

static void start_tls(Side *side)
{
    Error *error = NULL;
    QCryptoTLSCreds *creds = side->sides->creds[side->role];
    QIOChannelTLS *tls = side->role == SERVER ?
        qio_channel_tls_new_server(side->channel, creds, NULL, &error) :
        qio_channel_tls_new_client(side->channel, creds, "qemu.org", &error);

    if (wrap(side, tls, error)) {
        qio_channel_tls_handshake(tls, on_tls, side, NULL, NULL);
    }
}

static void start_layers(Side *side)
{
    if (side->stack == STACK_TLS || side->stack == STACK_WSS) {
        start_tls(side);
    } else if (side->stack == STACK_WS) {
        start_websock(side);
    } else {
        start_transfer(side);
    }
}

void side_start(Sides *sides, QIOChannelSocket *socket, Stack stack, Role role,
                Connection *connection, bool refuse)
{
    Side *side = g_new0(Side, 1);

    *side = (Side) {
        .sides = sides,
        .role = role,
        .stack = stack,
        .connection = connection,
        .socket = QIO_CHANNEL_SOCKET(object_ref(socket)),
        .channel = QIO_CHANNEL(object_ref(socket)),
    };
    sides->count++;
    qio_channel_set_blocking(side->channel, false, &error_abort);
    if (refuse && stack == STACK_TCP) {
        reset(side);
        end(side);
        return;
    }
    if (refuse) {
        /* Somewhere in the handshake; until then nothing else is written. */
        side->pausing = g_timeout_add(g_rand_int_range(sides->random, 0, PAUSE_MS),
                                      shut_down, side);
    }
    start_layers(side);
}
