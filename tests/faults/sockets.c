/*
 * Sockets that are made, found and connected, while something fails.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "flow.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "io/channel-socket.h"
#include "io/dns-resolver.h"
#include "io/net-listener.h"
#include "io/task.h"
#include "qemu/sockets.h"
#include "testing.h"

/* For what an operation that ends later comes to. */
typedef struct Pending {
    Outcome *outcome;
    bool is_over;
    bool is_good;
} Pending;

static void on_end(QIOTask *task, gpointer opaque)
{
    Pending *pending = opaque;
    Error *err = NULL;

    pending->is_over = true;
    pending->is_good = !qio_task_propagate_error(task, &err);
    outcome_error(pending->outcome, err);
}

static void until_over(const Pending *pending)
{
    while (!pending->is_over) {
        g_main_context_iteration(NULL, TRUE);
    }
}

/*
 * One after the other, blocking.
 */

static bool connect_to(Outcome *outcome, QIOChannelSocket *listener, QIOChannel *ends[2])
{
    QIOChannelSocket *client = qio_channel_socket_new();
    Error *err = NULL;
    g_autoptr(SocketAddress) address = qio_channel_socket_get_local_address(listener, &err);

    ends[0] = QIO_CHANNEL(client);
    if (address && qio_channel_socket_connect_sync(client, address, &err) == 0) {
        ends[1] = (QIOChannel *)qio_channel_socket_accept(listener, &err);
    }
    outcome_error(outcome, err);
    return ends[1];
}

static void listen_and_connect(Outcome *outcome, SocketAddress *address)
{
    QIOChannelSocket *listener = qio_channel_socket_new();
    QIOChannel *ends[2] = { NULL, NULL };
    Flow flow = { .outcome = outcome, .size = FLOW_SIZE };
    Error *err = NULL;

    if (qio_channel_socket_listen_sync(listener, address, 1, &err) == 0 &&
        connect_to(outcome, listener, ends)) {
        flow.from = ends[0];
        flow.to = ends[1];
        flow_by_threads(&flow);
    }
    flow_drop(ends);
    /* A Unix socket's path goes with the listener. */
    qio_channel_close(QIO_CHANNEL(listener), err ? NULL : &err);
    object_unref(OBJECT(listener));
    outcome_error(outcome, err);
}

static void tcp(Outcome *outcome)
{
    Error *err = NULL;
    g_autoptr(SocketAddress) address = socket_parse("127.0.0.1:0", &err);

    if (address) {
        listen_and_connect(outcome, address);
    }
    outcome_error(outcome, err);
}

static unsigned temporary_files(void)
{
    GDir *directory = g_dir_open(g_get_tmp_dir(), 0, NULL);
    unsigned count = 0;

    while (g_dir_read_name(directory)) {
        count++;
    }
    g_dir_close(directory);
    return count;
}

/* Without a path: the library finds one, and nothing is left of it. */
static void unix_path(Outcome *outcome)
{
    char path[] = "";
    SocketAddress address = { .type = SOCKET_ADDRESS_TYPE_UNIX, .u.q_unix.path = path };
    unsigned before = temporary_files();

    listen_and_connect(outcome, &address);
    /* Nothing can be done without the name, and against a refusal. */
    if (temporary_files() != before && !g_str_equal(sweep_fault(), "unlink") &&
        !g_str_equal(sweep_fault(), "getsockname")) {
        printf("%s is not empty: %s\n", g_get_tmp_dir(),
               outcome->error ? outcome->error : "and no error");
        exit(EXIT_FAILURE);
    }
}

/*
 * All at the same time.
 */

typedef struct Server {
    QIOChannel *client;
} Server;

static void on_client(QIONetListener *listener, QIOChannelSocket *client, gpointer opaque)
{
    Server *server = opaque;

    if (!server->client) {
        server->client = QIO_CHANNEL(object_ref(client));
    }
}

/* The listener's own address, by name. */
static SocketAddress *address_of(QIONetListener *listener, Error **errp)
{
    SocketAddress *address =
        qio_channel_socket_get_local_address(qio_net_listener_sioc(listener, 0), errp);

    if (address) {
        g_free(address->u.inet.host);
        address->u.inet.host = g_strdup("localhost");
        address->u.inet.has_ipv4 = address->u.inet.ipv4 = true;
    }
    return address;
}

static void talk(Outcome *outcome, QIOChannel *ends[2])
{
    Flow flow = { .outcome = outcome, .from = ends[0], .to = ends[1], .size = FLOW_SIZE };

    if (flow_set_blocking(outcome, ends, false)) {
        flow_by_watches(&flow);
    }
}

/* A server that cannot use a connection closes it. */
static bool is_hung_up(int fd)
{
    struct pollfd record = { .fd = fd, .events = POLLIN };

    return poll(&record, 1, 0) > 0;
}

static void connect_and_talk(Outcome *outcome, QIONetListener *listener, SocketAddress *address)
{
    QIOChannelSocket *socket = qio_channel_socket_new();
    Pending pending = { .outcome = outcome };
    Server server = { NULL };
    QIOChannel *ends[2] = { QIO_CHANNEL(socket), NULL };

    qio_net_listener_set_client_func(listener, on_client, &server, NULL);
    qio_channel_socket_connect_async(socket, address, on_end, &pending, NULL, NULL);
    until_over(&pending);
    while (pending.is_good && !server.client && !is_hung_up(socket->fd)) {
        g_main_context_iteration(NULL, TRUE);
    }
    ends[1] = server.client;
    if (pending.is_good && !server.client) {
        outcome_failed(outcome, "the server has hung up");
    } else if (pending.is_good) {
        talk(outcome, ends);
    }
    flow_drop(ends);
}

static void listener(Outcome *outcome)
{
    Error *err = NULL;
    g_autoptr(SocketAddress) any = socket_parse("127.0.0.1:0", &err);
    QIONetListener *listener = qio_net_listener_new();
    g_autoptr(SocketAddress) address = NULL;

    qio_net_listener_set_name(listener, "faults");
    if (any && qio_net_listener_open_sync(listener, any, 2, &err) == 0) {
        address = address_of(listener, &err);
    }
    if (address) {
        connect_and_talk(outcome, listener, address);
    }
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
    outcome_error(outcome, err);
}

static void listen_async(Outcome *outcome)
{
    QIOChannelSocket *socket = qio_channel_socket_new();
    Pending pending = { .outcome = outcome };
    Error *err = NULL;
    g_autoptr(SocketAddress) address = socket_parse("127.0.0.1:0", &err);

    if (address) {
        qio_channel_socket_listen_async(socket, address, 1, on_end, &pending, NULL, NULL);
        until_over(&pending);
    }
    outcome_error(outcome, err);
    object_unref(OBJECT(socket));
}

/* What a lookup brings. */
typedef struct Lookup {
    Pending pending;
    size_t count;
} Lookup;

static void on_lookup(QIOTask *task, gpointer opaque)
{
    Lookup *lookup = opaque;
    SocketAddress **addresses = NULL;

    on_end(task, &lookup->pending);
    if (!lookup->pending.is_good) {
        return;
    }
    qio_dns_resolver_lookup_result(qio_dns_resolver_get_instance(), task, &lookup->count,
                                   &addresses);
    for (size_t i = 0; i < lookup->count; i++) {
        qapi_free_SocketAddress(addresses[i]);
    }
    g_free(addresses);
}

static void resolver(Outcome *outcome)
{
    Lookup lookup = { { .outcome = outcome }, 0 };
    Error *err = NULL;
    g_autoptr(SocketAddress) address = socket_parse("localhost:80", &err);

    if (address) {
        qio_dns_resolver_lookup_async(qio_dns_resolver_get_instance(), address, on_lookup,
                                      &lookup, NULL);
        until_over(&lookup.pending);
        g_assert_true(lookup.pending.is_good == (lookup.count > 0));
    }
    outcome_error(outcome, err);
}

/*
 * Datagrams, and descriptors.
 */

static int datagram_peer(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
    return fd;
}

static void datagram(Outcome *outcome)
{
    QIOChannelSocket *socket = qio_channel_socket_new();
    int peer = datagram_peer();
    Error *err = NULL;
    g_autoptr(SocketAddress) remote = NULL;
    char data[1000], received[2000];

    flow_fill(data, 0, sizeof(data));
    remote = socket_local_address(peer, &err);
    if (remote && qio_channel_socket_dgram_sync(socket, NULL, remote, &err) == 0) {
        ssize_t count = qio_channel_write(QIO_CHANNEL(socket), data, sizeof(data), &err);

        if (count == QIO_CHANNEL_ERR_BLOCK) {
            error_setg(&err, "would block");
        }
        if (count > 0) {
            g_assert_cmpint(count, ==, sizeof(data));
            g_assert_cmpint(recv(peer, received, sizeof(received), 0), ==, sizeof(data));
            flow_check(received, 0, sizeof(data));
        }
    }
    object_unref(OBJECT(socket));
    close(peer);
    outcome_error(outcome, err);
}

#define DESCRIPTORS 3

static void send_descriptors(QIOChannel *from, Error **errp)
{
    static char data[100];
    struct iovec elements = { data, sizeof(data) };
    int fds[DESCRIPTORS];

    flow_fill(data, 0, sizeof(data));
    for (int i = 0; i < DESCRIPTORS; i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    qio_channel_writev_full_all(from, &elements, 1, fds, DESCRIPTORS, 0, errp);
    for (int i = 0; i < DESCRIPTORS; i++) {
        close(fds[i]);
    }
}

static void receive_descriptors(Outcome *outcome, QIOChannel *to, Error **errp)
{
    char data[100];
    struct iovec elements = { data, sizeof(data) };
    int *fds = NULL;
    size_t count = 0;

    if (qio_channel_readv_full_all(to, &elements, 1, &fds, &count, errp) == 0) {
        flow_check(data, 0, sizeof(data));
        if (count != DESCRIPTORS) {
            /* The kernel had no numbers for them; the reader finds too few. */
            g_assert_cmpuint(count, ==, 0);
            outcome_failed(outcome, "%zu descriptors of %d", count, DESCRIPTORS);
        }
    } else {
        g_assert_cmpuint(count, ==, 0);
    }
    for (size_t i = 0; i < count; i++) {
        g_assert_cmpint(close(fds[i]), ==, 0);
    }
    g_free(fds);
}

static void descriptors(Outcome *outcome)
{
    QIOChannel *ends[2];
    Error *err = NULL;

    if (flow_socket_pair(outcome, ends)) {
        send_descriptors(ends[0], &err);
        if (!err) {
            receive_descriptors(outcome, ends[1], &err);
        }
    }
    outcome_error(outcome, err);
    flow_drop(ends);
}

static const Scenario scenarios[] = {
    { "tcp", tcp, BLOCKS, NULL },
    { "unix", unix_path, BLOCKS, NULL },
    { "listener", listener, 0, NULL },
    { "listen-async", listen_async, 0, NULL },
    { "resolver", resolver, 0, NULL },
    { "datagram", datagram, BLOCKS, NULL },
    { "descriptors", descriptors, 0, NULL },
    { 0 },
};

int main(int argc, char **argv)
{
    char directory[] = "/tmp/qiochannel-faults-XXXXXX";
    int result;

    /* For sockets that get a path of the library's choice; before GLib looks. */
    g_assert_nonnull(mkdtemp(directory));
    setenv("TMPDIR", directory, 1);
    sweep_init();
    result = sweep_main(argc, argv, scenarios);
    testing_remove_dir(g_strdup(directory));
    return result;
}
