/*
 * Many connections of the soak test.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "swarm.h"

#include "../c/tls-fixture.h"
#include "io/net-listener.h"
#include "side.h"

/* So many connect in tasks at a time, and the rest while the program waits. */
#define CONNECTING_AT_ONCE 32
/* So many of the latter wait to be accepted at the most; there is room for them. */
#define WAITING_AT_ONCE 64
#define BACKLOG 512

/* How long a connection rests at the most, for each that is open: a loop that looks at
 * thousands of sources opens a few in every turn. */
#define REST_MS_EACH 20

/* The length of a stream is below this power of two. */
#define LENGTH_BITS 19

/* One connection in so many is refused by its server. */
#define REFUSAL_EVERY 23

/* How many that only the server may still ask for are remembered. */
#define REMEMBERED 4096

static struct {
    Sides sides;
    unsigned wanted;
    unsigned connecting;
    /* Connected, not accepted yet; an attempt in a task can be accepted before. */
    int waiting;
    guint64 last_id;
    GHashTable *connections;
    /* The ids of those that have no end any more, oldest first. */
    GQueue forgotten;
    Totals totals[STACK_COUNT];
    QIONetListener *listener[STACK_COUNT];
    SocketAddress *address[STACK_COUNT];
} swarm;

/* Both ends know the client's port, and so agree without a word. */
static bool is_refused(int port)
{
    return port % REFUSAL_EVERY == 0;
}

static int port_of(SocketAddress *address)
{
    int port = atoi(address->u.inet.port);

    qapi_free_SocketAddress(address);
    return port;
}

static Fate random_fate(GRand *random)
{
    /* Half of them are orderly. */
    return g_rand_boolean(random) ? FATE_ORDERLY : g_rand_int_range(random, 0, FATE_COUNT);
}

static void make_stream(Stream *stream, GRand *random)
{
    stream->start = g_rand_int(random) % 65536;
    stream->length = 1 + g_rand_int(random) % (1u << g_rand_int_range(random, 0, LENGTH_BITS));
}

static Connection *make_connection(void)
{
    GRand *random = swarm.sides.random;
    Connection *connection = g_new0(Connection, 1);

    connection->id = ++swarm.last_id;
    connection->stack = g_rand_int_range(random, 0, STACK_COUNT);
    connection->fate = random_fate(random);
    connection->breaker = g_rand_boolean(random) ? SERVER : CLIENT;
    make_stream(&connection->stream[CLIENT], random);
    make_stream(&connection->stream[SERVER], random);
    connection->break_at = g_rand_int(random) % connection->stream[connection->breaker].length;
    swarm.totals[connection->stack].opened++;
    return connection;
}

static void check_stream(Connection *connection, const Stream *stream, const char *sender)
{
    bool is_whole = stream->sent == stream->length && stream->received == stream->length;

    if (connection->fault) {
        return;
    }
    if (stream->received > stream->sent || (connection->fate == FATE_ORDERLY && !is_whole)) {
        connection->fault = g_strdup_printf("the %s's stream of %zu: %zu sent, %zu received",
                                            sender, stream->length, stream->sent,
                                            stream->received);
    }
}

/* Adds up what has come of it. */
static void judge(Connection *connection)
{
    Totals *totals = &swarm.totals[connection->stack];
    const Stream *from_client = &connection->stream[CLIENT];
    const Stream *from_server = &connection->stream[SERVER];

    check_stream(connection, from_client, "client");
    check_stream(connection, from_server, "server");
    totals->ended[connection->fate]++;
    if (connection->fate == FATE_ORDERLY) {
        totals->sent += from_client->sent + from_server->sent;
        totals->received += from_client->received + from_server->received;
    } else {
        totals->cut += from_client->received + from_server->received;
    }
    if (connection->fault) {
        totals->faults++;
        g_printerr("soak: connection %" G_GUINT64_FORMAT ": %s\n", connection->id,
                   connection->fault);
    }
}

static void free_connection(gpointer opaque)
{
    Connection *connection = opaque;

    judge(connection);
    g_free(connection->fault);
    g_free(connection);
}

static void forget(unsigned remembered)
{
    while (swarm.forgotten.length > remembered) {
        Connection *connection = g_hash_table_lookup(swarm.connections,
                                                     g_queue_peek_head(&swarm.forgotten));
        gpointer id = g_queue_pop_head(&swarm.forgotten);

        /* It may be gone, or its server's end may be late. */
        if (connection && !connection->is_open[SERVER]) {
            g_hash_table_remove(swarm.connections, id);
        }
    }
}

static void fill(void);

static Connection *find(guint64 id)
{
    Connection *connection = g_hash_table_lookup(swarm.connections, (gpointer)(uintptr_t)id);

    if (id == 0 || id > swarm.last_id) {
        g_error("soak: a stream starts with %" G_GUINT64_FORMAT ", which is no connection", id);
    }
    if (connection) {
        connection->is_open[SERVER] = true;
    }
    return connection;
}

static void on_ended(Connection *connection, Role role)
{
    if (connection) {
        gpointer id = (gpointer)(uintptr_t)connection->id;

        connection->is_open[role] = false;
        if (role == SERVER && !connection->is_open[CLIENT]) {
            g_hash_table_remove(swarm.connections, id);
        } else if (role == CLIENT && !connection->is_open[SERVER]) {
            /* Its server's end may not have read the id yet. */
            g_queue_push_tail(&swarm.forgotten, id);
            forget(REMEMBERED);
        }
    }
    fill();
}

static void on_connected(Connection *connection, QIOChannelSocket *socket)
{
    swarm.waiting++;
    if (is_refused(port_of(qio_channel_socket_get_local_address(socket, &error_abort)))) {
        connection->fate = FATE_REFUSED;
        connection->breaker = SERVER;
    }
    side_start(&swarm.sides, socket, connection->stack, CLIENT, connection,
               connection->fate == FATE_REFUSED && connection->breaker == CLIENT);
}

static void on_failure(Connection *connection, Error *error)
{
    connection->fault = g_strdup(error_get_pretty(error));
    error_free(error);
    g_hash_table_remove(swarm.connections, (gpointer)(uintptr_t)connection->id);
}

static void on_attempt(QIOTask *task, gpointer opaque)
{
    Error *error = NULL;

    swarm.connecting--;
    if (qio_task_propagate_error(task, &error)) {
        on_failure(opaque, error);
    } else {
        on_connected(opaque, QIO_CHANNEL_SOCKET(qio_task_get_source(task)));
    }
    fill();
}

static void open_one(bool in_task)
{
    Connection *connection = make_connection();
    QIOChannelSocket *socket = qio_channel_socket_new();
    SocketAddress *address = swarm.address[connection->stack];
    Error *error = NULL;

    connection->is_open[CLIENT] = true;
    g_hash_table_insert(swarm.connections, (gpointer)(uintptr_t)connection->id, connection);
    if (in_task) {
        swarm.connecting++;
        qio_channel_socket_connect_async(socket, address, on_attempt, connection, NULL, NULL);
    } else if (qio_channel_socket_connect_sync(socket, address, &error) == 0) {
        on_connected(connection, socket);
    } else {
        on_failure(connection, error);
    }
    object_unref(socket);
}

static void fill(void)
{
    while (swarm_live() / 2 < swarm.wanted) {
        bool in_task = swarm.connecting < CONNECTING_AT_ONCE;

        if (!in_task && swarm.waiting >= WAITING_AT_ONCE) {
            return;
        }
        open_one(in_task);
    }
}

static void on_client(G_GNUC_UNUSED QIONetListener *listener, QIOChannelSocket *socket,
                      gpointer opaque)
{
    int port = port_of(qio_channel_socket_get_remote_address(socket, &error_abort));

    swarm.waiting--;
    side_start(&swarm.sides, socket, GPOINTER_TO_INT(opaque), SERVER, NULL, is_refused(port));
    fill();
}

static void listen_on(Stack stack)
{
    SocketAddress any = {
        .type = SOCKET_ADDRESS_TYPE_INET,
        .u.inet = { .host = (char *)"127.0.0.1", .port = (char *)"0" },
    };
    QIONetListener *listener = qio_net_listener_new();

    qio_net_listener_open_sync(listener, &any, BACKLOG, &error_abort);
    swarm.address[stack] = qio_channel_socket_get_local_address(listener->sioc[0], &error_abort);
    swarm.listener[stack] = listener;
    qio_net_listener_set_client_func(listener, on_client, GINT_TO_POINTER(stack), NULL);
}

void swarm_init(GRand *random, const char *tls_dir)
{
    swarm.sides = (Sides) {
        .random = random,
        .creds = {
            [CLIENT] = tls_creds("x509", "client", &error_abort, "dir", tls_dir, NULL),
            [SERVER] = tls_creds("x509", "server", &error_abort, "dir", tls_dir, NULL),
        },
        .find = find,
        .ended = on_ended,
    };
    swarm.connections = g_hash_table_new_full(NULL, NULL, NULL, free_connection);
    for (Stack stack = 0; stack < STACK_COUNT; stack++) {
        listen_on(stack);
    }
}

void swarm_hold(unsigned connections)
{
    swarm.wanted = connections;
    swarm.sides.rest_ms = MAX(swarm.sides.rest_ms, (gint32)connections * REST_MS_EACH);
    fill();
}

unsigned swarm_live(void)
{
    /* An attempt becomes two ends. */
    return swarm.sides.count + 2 * swarm.connecting + swarm.waiting;
}

bool swarm_is_drained(void)
{
    if (swarm_live() > 0) {
        return false;
    }
    /* Nobody will ask for those that have no end any more. */
    forget(0);
    return true;
}

const Totals *swarm_totals(Stack stack)
{
    return &swarm.totals[stack];
}

void swarm_finish(void)
{
    for (Stack stack = 0; stack < STACK_COUNT; stack++) {
        qio_net_listener_disconnect(swarm.listener[stack]);
        object_unref(swarm.listener[stack]);
        qapi_free_SocketAddress(swarm.address[stack]);
    }
    tls_drop(swarm.sides.creds[CLIENT]);
    tls_drop(swarm.sides.creds[SERVER]);
    g_hash_table_destroy(swarm.connections);
}
