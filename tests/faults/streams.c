/*
 * Streams of bytes through all kinds of channels, while something fails.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "flow.h"

#include "block/aio.h"
#include "io/channel-buffer.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-tls.h"
#include "io/channel-websock.h"
#include "qemu/main-loop.h"
#include "testing.h"
#include "tls-fixture.h"

/* What the parent of all processes has prepared. */
static QCryptoTLSCreds *server_creds, *client_creds;
static char *directory;

/*
 * Over a pair of sockets.
 */

static void run_flow(Outcome *outcome, QIOChannel *ends[2], void (*run)(Flow *flow))
{
    Flow flow = { .outcome = outcome, .from = ends[0], .to = ends[1], .size = FLOW_SIZE };

    run(&flow);
}

static void blocking(Outcome *outcome)
{
    QIOChannel *ends[2];

    if (flow_socket_pair(outcome, ends)) {
        run_flow(outcome, ends, flow_by_threads);
    }
    flow_drop(ends);
}

static void over_non_blocking(Outcome *outcome, void (*run)(Flow *flow))
{
    QIOChannel *ends[2];

    if (flow_socket_pair(outcome, ends) && flow_set_blocking(outcome, ends, false)) {
        run_flow(outcome, ends, run);
    }
    flow_drop(ends);
}

static void watches(Outcome *outcome)
{
    over_non_blocking(outcome, flow_by_watches);
}

static void waiting(Outcome *outcome)
{
    over_non_blocking(outcome, flow_all_at_once);
}

/* A context that is new each time. */
static void by_coroutines(Flow *flow)
{
    Error *err = NULL;
    AioContext *ctx = aio_context_new(&err);

    if (!ctx) {
        outcome_error(flow->outcome, err);
        return;
    }
    qio_channel_attach_aio_context(flow->from, ctx);
    qio_channel_attach_aio_context(flow->to, ctx);
    flow_by_coroutines(flow, ctx);
    qio_channel_detach_aio_context(flow->from);
    qio_channel_detach_aio_context(flow->to);
    aio_context_unref(ctx);
}

static void coroutines(Outcome *outcome)
{
    over_non_blocking(outcome, by_coroutines);
}

/*
 * Over TLS and WebSocket.
 */

/* Two handshakes that go on at the same time. */
typedef struct Handshakes {
    Outcome *outcome;
    QIOChannel **masters;
    int over;
} Handshakes;

static void on_handshake(QIOTask *task, gpointer opaque)
{
    Handshakes *both = opaque;
    Error *err = NULL;

    both->over++;
    if (qio_task_propagate_error(task, &err)) {
        outcome_error(both->outcome, err);
        /* The peer need not wait. */
        qio_channel_shutdown(both->masters[0], QIO_CHANNEL_SHUTDOWN_BOTH, NULL);
    }
}

static void until_over(Handshakes *both)
{
    while (both->over < 2) {
        g_main_context_iteration(NULL, TRUE);
    }
}

static bool make_tls(Outcome *outcome, QIOChannel *masters[2], QIOChannel *ends[2])
{
    Error *err = NULL;

    ends[0] = (QIOChannel *)qio_channel_tls_new_client(masters[0], client_creds, "qemu.org", &err);
    ends[1] = err ? NULL :
        (QIOChannel *)qio_channel_tls_new_server(masters[1], server_creds, NULL, &err);
    outcome_error(outcome, err);
    return ends[0] && ends[1];
}

static bool start_tls(Outcome *outcome, QIOChannel *masters[2], QIOChannel *ends[2])
{
    Handshakes both = { outcome, masters, 0 };

    if (!make_tls(outcome, masters, ends)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        qio_channel_tls_handshake(QIO_CHANNEL_TLS(ends[i]), on_handshake, &both, NULL, NULL);
    }
    until_over(&both);
    return outcome_is_good(outcome);
}

static bool start_websock(Outcome *outcome, QIOChannel *masters[2], QIOChannel *ends[2])
{
    Handshakes both = { outcome, masters, 0 };
    Error *err = NULL;

    ends[1] = QIO_CHANNEL(qio_channel_websock_new_server(masters[1]));
    ends[0] = (QIOChannel *)qio_channel_websock_new_client(masters[0], "localhost", NULL, NULL,
                                                           &err);
    if (!ends[0]) {
        outcome_error(outcome, err);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        qio_channel_websock_handshake(QIO_CHANNEL_WEBSOCK(ends[i]), on_handshake, &both, NULL);
    }
    until_over(&both);
    return outcome_is_good(outcome);
}

static void say_goodbye(Flow *flow, Error **errp)
{
    qio_channel_tls_bye(QIO_CHANNEL_TLS(flow->from), errp);
}

static void close_stream(Flow *flow, Error **errp)
{
    qio_channel_close(flow->from, errp);
}

typedef bool (*Start)(Outcome *outcome, QIOChannel *masters[2], QIOChannel *ends[2]);

static void over_session(Outcome *outcome, QIOChannel *masters[2], Start start, FlowEnd end)
{
    QIOChannel *ends[2] = { NULL, NULL };
    Flow flow = {
        .outcome = outcome, .size = FLOW_SIZE, .end = end,
        /* A Close frame is one, and where it could not be sent, whatever follows. */
        .ends_in_error = end == close_stream,
    };

    if (start(outcome, masters, ends)) {
        flow.from = ends[0];
        flow.to = ends[1];
        flow_by_watches(&flow);
    }
    flow_drop(ends);
}

static void over_sockets(Outcome *outcome, Start start, FlowEnd end)
{
    QIOChannel *masters[2];

    if (flow_socket_pair(outcome, masters) && flow_set_blocking(outcome, masters, false)) {
        over_session(outcome, masters, start, end);
    }
    flow_drop(masters);
}

static void tls(Outcome *outcome)
{
    over_sockets(outcome, start_tls, say_goodbye);
}

static void websock(Outcome *outcome)
{
    over_sockets(outcome, start_websock, close_stream);
}

static void websock_over_tls(Outcome *outcome)
{
    QIOChannel *masters[2], *ends[2] = { NULL, NULL };

    if (flow_socket_pair(outcome, masters) && flow_set_blocking(outcome, masters, false) &&
        start_tls(outcome, masters, ends)) {
        over_session(outcome, ends, start_websock, close_stream);
    }
    flow_drop(ends);
    flow_drop(masters);
}

/*
 * Commands, files, memory.
 */

static void close_input(Flow *flow, Error **errp)
{
    QIOChannelCommand *command = QIO_CHANNEL_COMMAND(flow->from);

    close(command->writefd);
    command->writefd = -1;
}

/* What goes into cat comes out of it. */
static void command(Outcome *outcome)
{
    static const char *const argv[] = { "/bin/cat", NULL };
    Error *err = NULL;
    QIOChannel *cat = (QIOChannel *)qio_channel_command_new_spawn(argv, O_RDWR, &err);
    Flow flow = {
        .outcome = outcome, .from = cat, .to = cat, .size = FLOW_SIZE, .end = close_input,
    };

    if (cat) {
        flow_by_threads(&flow);
        qio_channel_close(cat, &err);
        object_unref(OBJECT(cat));
    }
    outcome_error(outcome, err);
}

static void write_file(QIOChannel *file, Error **errp)
{
    g_autofree char *data = g_malloc(FLOW_SIZE);
    struct iovec rest = { data + 1000, FLOW_SIZE - 1000 };

    flow_fill(data, 0, FLOW_SIZE);
    if (qio_channel_io_seek(file, 1000, SEEK_SET, errp) == 1000 &&
        qio_channel_writev_all(file, &rest, 1, errp) == 0 &&
        qio_channel_io_seek(file, 0, SEEK_SET, errp) == 0) {
        qio_channel_write_all(file, data, 1000, errp);
    }
}

static void read_file(QIOChannel *file, Error **errp)
{
    g_autofree char *data = g_malloc(FLOW_SIZE + 1);

    if (qio_channel_io_seek(file, 0, SEEK_SET, errp) == 0 &&
        qio_channel_read_all(file, data, FLOW_SIZE, errp) == 0) {
        flow_check(data, 0, FLOW_SIZE);
        g_assert_cmpint(qio_channel_read(file, data, 1, errp), <=, 0);
    }
}

static void file(Outcome *outcome)
{
    g_autofree char *path = g_strdup_printf("%s/file-%d", directory, getpid());
    Error *err = NULL;
    QIOChannel *file = (QIOChannel *)qio_channel_file_new_path(path, O_RDWR | O_CREAT | O_TRUNC,
                                                               0600, &err);

    if (file) {
        write_file(file, &err);
        if (!err) {
            read_file(file, &err);
        }
        /* A file that could not be closed may be incomplete. */
        qio_channel_close(file, err ? NULL : &err);
        object_unref(OBJECT(file));
    }
    unlink(path);
    outcome_error(outcome, err);
}

static void memory(Outcome *outcome)
{
    QIOChannelBuffer *buffer = qio_channel_buffer_new(100);
    QIOChannel *ioc = QIO_CHANNEL(buffer);
    g_autofree char *data = g_malloc(FLOW_SIZE);
    Error *err = NULL;

    flow_fill(data, 0, FLOW_SIZE);
    for (size_t at = 0; at < FLOW_SIZE && !err; at += 5000) {
        if (qio_channel_write_all(ioc, data + at, 5000, &err) < 0) {
            /* What is there stays as it was. */
            g_assert_cmpuint(buffer->usage, ==, at);
        }
    }
    flow_check((char *)buffer->data, 0, buffer->usage);
    if (!err) {
        g_assert_cmpuint(buffer->usage, ==, FLOW_SIZE);
    }
    outcome_error(outcome, err);
    object_unref(OBJECT(ioc));
}

static const Scenario scenarios[] = {
    { "blocking", blocking, BLOCKS, NULL },
    { "watches", watches, 0, NULL },
    { "waiting", waiting, 0, NULL },
    { "coroutines", coroutines, MAY_ABORT, NULL },
    { "tls", tls, 0, NULL },
    { "websock", websock, 0, NULL },
    { "websock-over-tls", websock_over_tls, 0, NULL },
    { "command", command, WITH_GLIB | BLOCKS, NULL },
    { "file", file, 0, NULL },
    { "memory", memory, 0, NULL },
    { 0 },
};

static void prepare(void)
{
    g_autofree char *certificates = tls_make_x509_dir();

    server_creds = tls_creds("x509", "server", &error_abort, "dir", certificates, NULL);
    client_creds = tls_creds("x509", "client", &error_abort, "dir", certificates, NULL);
    testing_remove_dir(g_steal_pointer(&certificates));
    directory = testing_make_dir();
}

int main(int argc, char **argv)
{
    int result;

    sweep_init();
    prepare();
    result = sweep_main(argc, argv, scenarios);
    testing_remove_dir(directory);
    return result;
}
