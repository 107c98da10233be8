/*
 * The listener.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/resource.h>

#include "io/net-listener.h"
#include "qapi/error.h"
#include "qemu/sockets.h"
#include "sockets-helpers.h"
#include "testing.h"

static QIONetListener *listener_on(const char *text)
{
    g_autoptr(SocketAddress) address = socket_parse(text, &error_abort);
    QIONetListener *listener = qio_net_listener_new();

    qio_net_listener_open_sync(listener, address, 5, &error_abort);
    return listener;
}

static void open_on(QIONetListener *listener, const char *text)
{
    g_autoptr(SocketAddress) address = socket_parse(text, &error_abort);

    qio_net_listener_open_sync(listener, address, 5, &error_abort);
}

/* A raw client of the listener's socket. */
static int client_of(QIONetListener *listener, size_t index)
{
    g_autoptr(SocketAddress) address = qio_channel_socket_get_local_address(
        listener->sioc[index], &error_abort);

    return socket_connect(address, &error_abort);
}

/* Whether the server has closed the connection; waits for it. */
static void assert_closed(int fd)
{
    char byte;
    ssize_t count = recv(fd, &byte, 1, 0);

    g_assert_true(count == 0 || (count == -1 && errno == ECONNRESET));
    close(fd);
}

/* Runs what is ready in the context, until nothing is. */
static void run_ready(GMainContext *context)
{
    while (g_main_context_iteration(context, FALSE)) {
    }
}

/* A function for clients that counts, and may do more. */
typedef struct Clients Clients;

struct Clients {
    int count, notified;
    GThread *thread;
    QIOChannelSocket *kept;
    void (*action)(QIONetListener *listener, Clients *clients);
};

static void on_client(QIONetListener *listener, QIOChannelSocket *sioc,
                      gpointer data)
{
    Clients *clients = data;

    g_assert_cmpint(sockets_references(sioc), ==, 1);
    g_assert_null(QIO_CHANNEL(sioc)->name);
    clients->thread = g_thread_self();
    if (clients->kept) {
        object_unref(OBJECT(clients->kept));
        clients->kept = NULL;
    }
    if (!clients->action) {
        object_ref(OBJECT(sioc));
        clients->kept = sioc;
    } else {
        clients->action(listener, clients);
    }
    clients->count++;
}

static void on_notify(gpointer data)
{
    ((Clients *)data)->notified++;
}

static void clients_drop(Clients *clients)
{
    if (clients->kept) {
        object_unref(OBJECT(clients->kept));
        clients->kept = NULL;
    }
}

static void test_type(void)
{
    Object *bare = object_new(TYPE_QIO_NET_LISTENER);
    QIONetListener *listener = qio_net_listener_new();

    object_unref(bare);
    g_assert_cmpint(sockets_references(listener), ==, 1);
    g_assert_false(qio_net_listener_is_connected(listener));
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
    bare = object_new(TYPE_QIO_NET_LISTENER);
    qio_net_listener_set_client_func(QIO_NET_LISTENER(bare), on_client, NULL,
                                     NULL);
    open_on(QIO_NET_LISTENER(bare), "127.0.0.1:0");
    g_assert_cmpint(bare->ref, ==, 2);
    qio_net_listener_disconnect(QIO_NET_LISTENER(bare));
    object_unref(bare);
}

static void test_open(void)
{
    char *dir = testing_make_dir();
    g_autofree char *text = g_strdup_printf("unix:%s/socket", dir);
    QIONetListener *listener = listener_on("127.0.0.1:0");
    g_autofree char *fd_text = NULL;
    SocketAddress bad = {
        .type = SOCKET_ADDRESS_TYPE_UNIX,
        .u.q_unix.path = (char *)"/nonexistent/socket",
    };
    Error *err = NULL;
    int fd;

    g_assert_cmpint(listener->nsioc, ==, 1);
    g_assert_true(qio_net_listener_is_connected(listener));
    g_assert_cmpint(fcntl(listener->sioc[0]->fd, F_GETFL) & O_NONBLOCK, ==, 0);
    open_on(listener, text);
    g_assert_cmpint(listener->nsioc, ==, 2);
    g_assert_cmpint(qio_net_listener_open_sync(listener, &bad, 1, &err), ==, -1);
    error_free_or_abort(&err);
    g_assert_cmpint(qio_net_listener_open_sync(listener, &bad, 1, NULL), ==, -1);
    bad.type = SOCKET_ADDRESS_TYPE_FD;
    bad.u.fd.str = (char *)"x";
    g_assert_cmpint(qio_net_listener_open_sync(listener, &bad, 1, &err), ==, -1);
    error_free_or_abort(&err);
    g_assert_cmpint(listener->nsioc, ==, 2);

    fd = socket_listen(&(SocketAddress){
        .type = SOCKET_ADDRESS_TYPE_INET,
        .u.inet = { .host = (char *)"127.0.0.1", .port = (char *)"0" },
    }, 1, &error_abort);
    fd_text = g_strdup_printf("fd:%d", fd);
    open_on(listener, fd_text);
    g_assert_cmpint(listener->nsioc, ==, 3);
    g_assert_cmpint(listener->sioc[2]->fd, ==, fd);
    g_assert_true(g_file_test(text + 5, G_FILE_TEST_EXISTS));
    object_unref(OBJECT(listener));
    g_assert_false(g_file_test(text + 5, G_FILE_TEST_EXISTS));

    /* No path: an automatic one. */
    bad = (SocketAddress){ .type = SOCKET_ADDRESS_TYPE_UNIX };
    listener = qio_net_listener_new();
    qio_net_listener_open_sync(listener, &bad, 1, &error_abort);
    object_unref(OBJECT(listener));
    testing_remove_dir(dir);
}

static void test_open_partly(void)
{
    QIONetListener *listener = qio_net_listener_new();
    g_autoptr(SocketAddress) address = NULL;
    g_autofree char *text = NULL;
    int taken, other;
    Error *err = NULL;

    if (!sockets_have_ipv6()) {
        g_test_skip("this machine has no IPv6");
        object_unref(OBJECT(listener));
        return;
    }
    open_on(listener, ":0");
    g_assert_cmpint(listener->nsioc, ==, 2);
    object_unref(OBJECT(listener));

    taken = socket_listen(&(SocketAddress){
        .type = SOCKET_ADDRESS_TYPE_INET,
        .u.inet = { .host = (char *)"0.0.0.0", .port = (char *)"0" },
    }, 1, &error_abort);
    text = g_strdup_printf(":%d", sockets_port(taken));
    listener = listener_on(text);
    g_assert_cmpint(listener->nsioc, ==, 1);
    g_assert_cmpint(listener->sioc[0]->localAddr.ss_family, ==, AF_INET6);
    /* Now both are taken. */
    address = socket_parse(text, &error_abort);
    other = qio_net_listener_open_sync(listener, address, 1, &err);
    g_assert_cmpint(other, ==, -1);
    g_assert_nonnull(strstr(error_get_pretty(err), "0.0.0.0"));
    error_free_or_abort(&err);
    g_assert_cmpint(listener->nsioc, ==, 1);
    object_unref(OBJECT(listener));
    close(taken);
}

static int keep_alive_of(int fd)
{
    int value = -1;
    socklen_t size = sizeof(value);

    getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size);
    return value;
}

static void test_keep_alive(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0,keep-alive");
    int client = client_of(listener, 0);
    QIOChannelSocket *server = qio_net_listener_wait_client(listener);

    g_assert_cmpint(keep_alive_of(listener->sioc[0]->fd), ==, 1);
    g_assert_cmpint(keep_alive_of(server->fd), ==, 1);
    object_unref(OBJECT(server));
    close(client);
    object_unref(OBJECT(listener));
}

static void test_names(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    QIOChannelSocket *sioc = qio_channel_socket_new();

    g_assert_null(QIO_CHANNEL(listener->sioc[0])->name);
    qio_net_listener_set_name(listener, "vnc");
    qio_net_listener_set_name(listener, listener->name);
    g_assert_null(QIO_CHANNEL(listener->sioc[0])->name);
    qio_channel_set_name(QIO_CHANNEL(sioc), "old");
    qio_net_listener_add(listener, sioc);
    g_assert_cmpstr(QIO_CHANNEL(sioc)->name, ==, "vnc-listen");
    qio_net_listener_set_name(listener, NULL);
    g_assert_null(listener->name);
    g_assert_cmpint(sockets_references(sioc), ==, 2);
    qio_channel_set_name(QIO_CHANNEL(sioc), "own");
    qio_net_listener_add(listener, sioc);
    g_assert_cmpstr(QIO_CHANNEL(sioc)->name, ==, "own");
    object_unref(OBJECT(listener));
    g_assert_cmpint(sockets_references(sioc), ==, 1);
    object_unref(OBJECT(sioc));
}

static void test_references(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    Clients clients = { 0 };
    int fd;

    open_on(listener, "127.0.0.1:0");
    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    g_assert_cmpint(sockets_references(listener), ==, 3);
    g_assert_cmpint(sockets_references(listener->sioc[0]), ==, 2);
    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    g_assert_cmpint(sockets_references(listener), ==, 3);
    qio_net_listener_set_client_func(listener, NULL, NULL, NULL);
    g_assert_cmpint(sockets_references(listener), ==, 1);
    g_assert_cmpint(sockets_references(listener->sioc[0]), ==, 1);
    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);

    /* The watches keep the listener working. */
    object_unref(OBJECT(listener));
    fd = client_of(listener, 1);
    run_ready(NULL);
    g_assert_cmpint(clients.count, ==, 1);
    close(fd);
    clients_drop(&clients);
    object_ref(OBJECT(listener));
    qio_net_listener_disconnect(listener);
    g_assert_cmpint(sockets_references(listener), ==, 1);
    g_assert_cmpint(listener->nsioc, ==, 2);
    g_assert_cmpint(listener->sioc[0]->fd, ==, -1);
    g_assert_null(listener->io_source[0]);
    qio_net_listener_disconnect(listener);
    /* Closed sockets are not watched. */
    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    g_assert_cmpint(sockets_references(listener), ==, 1);
    /* The function stays for sockets that are added later. */
    open_on(listener, "127.0.0.1:0");
    g_assert_true(qio_net_listener_is_connected(listener));
    fd = client_of(listener, 2);
    run_ready(NULL);
    g_assert_cmpint(clients.count, ==, 2);
    close(fd);
    clients_drop(&clients);
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
}

static void do_nothing(QIONetListener *listener, Clients *clients)
{
}

static void test_client_is_closed_unless_kept(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    Clients clients = { .action = do_nothing };
    int fd = client_of(listener, 0);

    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    run_ready(NULL);
    g_assert_cmpint(clients.count, ==, 1);
    assert_closed(fd);

    clients.action = NULL;
    fd = client_of(listener, 0);
    run_ready(NULL);
    g_assert_cmpint(clients.count, ==, 2);
    qio_channel_write_all(QIO_CHANNEL(clients.kept), "x", 1, &error_abort);
    g_assert_cmpint(recv(fd, &(char){ 0 }, 1, 0), ==, 1);
    g_assert_cmpint(fcntl(clients.kept->fd, F_GETFL) & O_NONBLOCK, ==, 0);
    close(fd);
    clients_drop(&clients);
    qio_net_listener_set_client_func(listener, NULL, NULL, NULL);
    object_unref(OBJECT(listener));
}

static void test_one_client_each_turn(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    Clients clients = { .action = do_nothing };
    int fds[3];

    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    for (int i = 0; i < 3; i++) {
        fds[i] = client_of(listener, 0);
    }
    for (int i = 1; i <= 3; i++) {
        g_main_context_iteration(NULL, TRUE);
        g_assert_cmpint(clients.count, ==, i);
    }
    g_assert_false(g_main_context_iteration(NULL, FALSE));
    for (int i = 0; i < 3; i++) {
        assert_closed(fds[i]);
    }
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
}

/* What a function for clients may do. */

static void stop(QIONetListener *listener, Clients *clients)
{
    qio_net_listener_set_client_func(listener, NULL, NULL, NULL);
}

static void set_again(QIONetListener *listener, Clients *clients)
{
    qio_net_listener_set_client_func(listener, on_client, clients, on_notify);
}

static void disconnect_and_drop(QIONetListener *listener, Clients *clients)
{
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
}

static void add_one(QIONetListener *listener, Clients *clients)
{
    open_on(listener, "127.0.0.1:0");
}

static void wait_for_another(QIONetListener *listener, Clients *clients)
{
    int fd = client_of(listener, 0);
    QIOChannelSocket *client = qio_net_listener_wait_client(listener);

    g_assert_cmpint(sockets_references(client), ==, 1);
    object_unref(OBJECT(client));
    close(fd);
}

static void nest(QIONetListener *listener, Clients *clients)
{
    clients->action = do_nothing;
    /* A watch does not run inside itself. */
    run_ready(NULL);
}

static void test_stop_inside(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    Clients clients = { .action = stop };
    int one, other;

    open_on(listener, "127.0.0.1:0");
    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    one = client_of(listener, 0);
    other = client_of(listener, 1);
    run_ready(NULL);
    /* The other one waits, until there is a function again. */
    g_assert_cmpint(clients.count, ==, 1);
    clients.action = do_nothing;
    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    run_ready(NULL);
    g_assert_cmpint(clients.count, ==, 2);
    assert_closed(one);
    assert_closed(other);
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
}

static void test_other_actions_inside(void)
{
    static void (*const actions[])(QIONetListener *, Clients *) = {
        set_again, add_one, wait_for_another, nest,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        QIONetListener *listener = listener_on("127.0.0.1:0");
        Clients clients = { .action = actions[i] };
        int fd;

        qio_net_listener_set_client_func(listener, on_client, &clients,
                                         on_notify);
        fd = client_of(listener, 0);
        g_main_context_iteration(NULL, TRUE);
        g_assert_cmpint(clients.count, ==, 1);
        g_assert_cmpint(clients.notified, ==, i == 0);
        assert_closed(fd);
        clients.action = do_nothing;
        fd = client_of(listener, listener->nsioc - 1);
        run_ready(NULL);
        g_assert_cmpint(clients.count, ==, 2);
        assert_closed(fd);
        qio_net_listener_disconnect(listener);
        object_unref(OBJECT(listener));
        g_assert_cmpint(clients.notified, ==, i == 0 ? 2 : 1);
    }
}

static void test_drop_inside(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    Clients clients = { .action = disconnect_and_drop };
    int fd;

    qio_net_listener_set_client_func(listener, on_client, &clients, on_notify);
    fd = client_of(listener, 0);
    run_ready(NULL);
    g_assert_cmpint(clients.count, ==, 1);
    g_assert_cmpint(clients.notified, ==, 1);
    assert_closed(fd);
}

/*
 * Notifications.
 */

static QIONetListener *notified_listener;
static int notifications;

static void call_back(gpointer data)
{
    /* The listener works on with the next function, and can be called. */
    qio_net_listener_is_connected(notified_listener);
    qio_net_listener_set_name(notified_listener, "notified");
    if (notifications++ == 0) {
        qio_net_listener_set_client_func(notified_listener, on_client, NULL,
                                         NULL);
    }
}

static void test_notify(void)
{
    QIONetListener *listener = qio_net_listener_new();
    Clients clients = { 0 };

    /* Also without sockets, and even for NULL. */
    qio_net_listener_set_client_func(listener, on_client, &clients, on_notify);
    qio_net_listener_set_client_func(listener, on_client, &clients, on_notify);
    g_assert_cmpint(clients.notified, ==, 1);
    qio_net_listener_set_client_func(listener, NULL, &clients, on_notify);
    g_assert_cmpint(clients.notified, ==, 2);
    open_on(listener, "127.0.0.1:0");
    qio_net_listener_set_client_func(listener, on_client, &clients, on_notify);
    g_assert_cmpint(clients.notified, ==, 3);
    qio_net_listener_disconnect(listener);
    g_assert_cmpint(clients.notified, ==, 3);
    object_unref(OBJECT(listener));
    g_assert_cmpint(clients.notified, ==, 4);

    notified_listener = listener_on("127.0.0.1:0");
    notifications = 0;
    qio_net_listener_set_client_func(notified_listener, on_client, NULL,
                                     call_back);
    qio_net_listener_set_client_func(notified_listener, NULL, NULL, NULL);
    g_assert_cmpint(notifications, ==, 1);
    g_assert_cmpint(sockets_references(notified_listener), ==, 2);
    qio_net_listener_disconnect(notified_listener);
    object_unref(OBJECT(notified_listener));

    /* One that drops a reference. */
    listener = listener_on("127.0.0.1:0");
    object_ref(OBJECT(listener));
    qio_net_listener_set_client_func(listener, NULL, listener, object_unref);
    qio_net_listener_set_client_func(listener, NULL, NULL, NULL);
    g_assert_cmpint(sockets_references(listener), ==, 1);
    object_unref(OBJECT(listener));
}

/*
 * Contexts and threads.
 */

static void test_private_context(void)
{
    GMainContext *context = g_main_context_new();
    QIONetListener *listener = listener_on("127.0.0.1:0");
    Clients clients = { .action = do_nothing };
    QIOChannelSocket *client;
    int fd;

    qio_net_listener_set_client_func_full(listener, on_client, &clients, NULL,
                                          context);
    /* Sockets that are added, and the end of a wait, stay there. */
    open_on(listener, "127.0.0.1:0");
    for (size_t i = 0; i < 2; i++) {
        fd = client_of(listener, i);
        client = qio_net_listener_wait_client(listener);
        object_unref(OBJECT(client));
        assert_closed(fd);
        fd = client_of(listener, i);
        run_ready(NULL);
        g_assert_cmpint(clients.count, ==, i);
        run_ready(context);
        g_assert_cmpint(clients.count, ==, i + 1);
        assert_closed(fd);
    }
    /* The listener keeps the context, until it is told otherwise. */
    g_main_context_unref(context);
    fd = client_of(listener, 0);
    run_ready(context);
    g_assert_cmpint(clients.count, ==, 3);
    assert_closed(fd);
    g_main_context_ref(context);
    qio_net_listener_set_client_func_full(listener, NULL, NULL, NULL, context);
    g_main_context_unref(context);
    /* It is gone now, and naming it does no harm. */
    qio_net_listener_set_client_func_full(listener, NULL, NULL, NULL, context);
    object_unref(OBJECT(listener));
}

static int waited;

static gboolean on_timer(gpointer opaque)
{
    waited++;
    return G_SOURCE_CONTINUE;
}

static gpointer connect_late(gpointer listener)
{
    g_usleep(30000);
    return GINT_TO_POINTER(client_of(listener, 0));
}

static void test_wait_client(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    Clients clients = { .action = do_nothing };
    guint timer = g_timeout_add(1, on_timer, NULL);
    QIOChannelSocket *client;
    GThread *thread;
    int one, other;

    open_on(listener, "127.0.0.1:0");
    qio_net_listener_set_client_func(listener, on_client, &clients, on_notify);
    waited = 0;
    thread = g_thread_new("client", connect_late, listener);
    client = qio_net_listener_wait_client(listener);
    one = GPOINTER_TO_INT(g_thread_join(thread));
    g_assert_cmpint(waited, ==, 0);
    g_assert_cmpint(clients.count, ==, 0);
    g_assert_cmpint(clients.notified, ==, 0);
    g_assert_cmpint(sockets_references(client), ==, 1);
    g_assert_cmpint(sockets_references(listener), ==, 3);
    object_unref(OBJECT(client));
    assert_closed(one);

    /* Of two clients that are there, one stays where it is. */
    one = client_of(listener, 0);
    other = client_of(listener, 1);
    g_usleep(20000);
    client = qio_net_listener_wait_client(listener);
    object_unref(OBJECT(client));
    g_assert_cmpint(clients.count, ==, 0);
    client = qio_net_listener_wait_client(listener);
    object_unref(OBJECT(client));
    assert_closed(one);
    assert_closed(other);
    g_source_remove(timer);
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
}

static void test_client_gone(void)
{
    QIONetListener *listener = listener_on("127.0.0.1:0");
    struct linger linger = { 1, 0 };
    int gone = client_of(listener, 0), fd;
    QIOChannelSocket *client;

    setsockopt(gone, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(gone);
    fd = client_of(listener, 0);
    client = qio_net_listener_wait_client(listener);
    object_unref(OBJECT(client));
    close(fd);
    object_unref(OBJECT(listener));
}

static void test_no_descriptors_left(void)
{
    QIONetListener *listener;
    Clients clients = { .action = do_nothing };
    struct rlimit saved, low;
    int fd, highest;

    if (!sockets_can_limit_descriptors()) {
        return;
    }
    listener = listener_on("127.0.0.1:0");
    qio_net_listener_set_client_func(listener, on_client, &clients, NULL);
    run_ready(NULL);
    fd = client_of(listener, 0);
    highest = dup(fd);
    close(highest);
    getrlimit(RLIMIT_NOFILE, &saved);
    low = saved;
    low.rlim_cur = highest;
    setrlimit(RLIMIT_NOFILE, &low);
    for (int i = 0; i < 20; i++) {
        g_assert_true(g_main_context_iteration(NULL, FALSE));
    }
    g_assert_cmpint(clients.count, ==, 0);
    setrlimit(RLIMIT_NOFILE, &saved);
    run_ready(NULL);
    g_assert_cmpint(clients.count, ==, 1);
    assert_closed(fd);
    qio_net_listener_disconnect(listener);
    object_unref(OBJECT(listener));
}

/* A subclass whose finaliser uses the listener. */

static int finalized;

static void finalize_subclass(Object *object)
{
    finalized++;
    qio_net_listener_disconnect((QIONetListener *)object);
    qio_net_listener_set_client_func((QIONetListener *)object, NULL, NULL,
                                     NULL);
}

static void test_subclass(void)
{
    static const TypeInfo info = {
        .name = "test-listener",
        .parent = TYPE_QIO_NET_LISTENER,
        .instance_finalize = finalize_subclass,
    };
    Object *object;

    type_register_static(&info);
    object = object_new("test-listener");
    open_on(QIO_NET_LISTENER(object), "127.0.0.1:0");
    object_unref(object);
    g_assert_cmpint(finalized, ==, 1);
}

typedef struct {
    GMainContext *context;
    QIONetListener *listener;
    int stop, served;
} Stress;

static gpointer serve(gpointer opaque)
{
    Stress *stress = opaque;

    while (!g_atomic_int_get(&stress->stop)) {
        g_main_context_iteration(stress->context, TRUE);
    }
    return NULL;
}

typedef struct {
    Stress *stress;
    int alive;
} Token;

static void on_stress_client(QIONetListener *listener, QIOChannelSocket *sioc,
                             gpointer data)
{
    Token *token = data;

    g_assert_cmpint(g_atomic_int_get(&token->alive), ==, 1);
    g_atomic_int_inc(&token->stress->served);
    g_usleep(100);
    /* Released data would show here. */
    g_assert_cmpint(g_atomic_int_get(&token->alive), ==, 1);
}

static void free_token(gpointer data)
{
    Token *token = data;

    g_atomic_int_set(&token->alive, 0);
    g_free(token);
}

static gpointer toggle(gpointer opaque)
{
    Stress *stress = opaque;

    for (int i = 0; i < 2000 && !g_atomic_int_get(&stress->stop); i++) {
        Token *token = g_new(Token, 1);

        *token = (Token){ stress, 1 };
        if (i % 3 == 0) {
            qio_net_listener_set_client_func_full(stress->listener, NULL, NULL,
                                                  NULL, NULL);
        }
        qio_net_listener_set_client_func_full(stress->listener,
                                              on_stress_client, token,
                                              free_token, stress->context);
    }
    return NULL;
}

static void test_stress(void)
{
    Stress stress = {
        .context = g_main_context_new(),
        .listener = listener_on("127.0.0.1:0"),
    };
    GThread *server = g_thread_new("server", serve, &stress);
    GThread *toggler = g_thread_new("toggler", toggle, &stress);

    for (int i = 0; i < 100; i++) {
        int fd = client_of(stress.listener, 0);

        /* Closed by the function for clients: nobody takes a reference. */
        assert_closed(fd);
    }
    g_assert_cmpint(g_atomic_int_get(&stress.served), >, 0);
    g_thread_join(toggler);
    qio_net_listener_set_client_func(stress.listener, NULL, NULL, NULL);
    g_atomic_int_set(&stress.stop, 1);
    g_main_context_wakeup(stress.context);
    g_thread_join(server);
    g_assert_cmpint(sockets_references(stress.listener), ==, 1);
    object_unref(OBJECT(stress.listener));
    g_main_context_unref(stress.context);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    sockets_warm_up();
    g_main_context_iteration(NULL, FALSE);
    testing_add("/listener/type", test_type);
    testing_add("/listener/open", test_open);
    testing_add("/listener/open-partly", test_open_partly);
    testing_add("/listener/keep-alive", test_keep_alive);
    testing_add("/listener/names", test_names);
    testing_add("/listener/references", test_references);
    testing_add("/listener/closed-unless-kept",
                test_client_is_closed_unless_kept);
    testing_add("/listener/one-each-turn", test_one_client_each_turn);
    testing_add("/listener/stop-inside", test_stop_inside);
    testing_add("/listener/actions-inside", test_other_actions_inside);
    testing_add("/listener/drop-inside", test_drop_inside);
    testing_add("/listener/notify", test_notify);
    testing_add("/listener/private-context", test_private_context);
    testing_add("/listener/wait-client", test_wait_client);
    testing_add("/listener/client-gone", test_client_gone);
    testing_add("/listener/no-descriptors-left", test_no_descriptors_left);
    testing_add("/listener/subclass", test_subclass);
    testing_add("/listener/stress", test_stress);
    return g_test_run();
}
