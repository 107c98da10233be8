/*
 * qio-bridge: forwards connections between TCP, Unix sockets, TLS, WebSocket and
 * commands.
 *
 * An example of a server on one main context: listeners, handshakes that others do not
 * wait for, layers of channels, back-pressure; and a tool that is useful on its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <glib-unix.h>
#include <locale.h>

#include "../common/streams.h"
#include "child.h"
#include "inherit.h"
#include "log.h"
#include "options.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "security.h"
#include "server.h"
#include "status.h"

#define EXIT_CONFIGURATION 2

/* What a connection can need: both sides, a second one each while it is closed, and a
 * process being started. */
#define DESCRIPTORS_PER_CLIENT 5
/* Listeners, the files of web pages, questions for the table. */
#define OTHER_DESCRIPTORS 128

typedef struct {
    Options options;
    Security security;
    ConnectionConfig config;
    Server *server;
    StatusServer *status;
    GMainLoop *loop;
    bool is_stopping;
} Program;

static int fail(int status, Error *error)
{
    log_problem("%s", error_get_pretty(error));
    error_free(error);
    return status;
}

/* Stopping */

static void on_stopped(void *opaque)
{
    Program *program = opaque;

    g_main_loop_quit(program->loop);
}

static gboolean on_stop_signal(gpointer opaque)
{
    Program *program = opaque;

    if (program->is_stopping) {
        server_cut(program->server, "the program stops");
        child_kill_ending();
    } else {
        program->is_stopping = true;
        server_stop(program->server, on_stopped, program);
        log_info("stopping");
    }
    return G_SOURCE_CONTINUE;
}

static gboolean on_reload_signal(gpointer opaque)
{
    Program *program = opaque;

    security_reload(&program->security);
    return G_SOURCE_CONTINUE;
}

/* The table of connections */

static void fill_table(StatusTable *table, void *opaque)
{
    Program *program = opaque;
    gint64 now = g_get_monotonic_time();

    for (const GList *item = server_connections(program->server); item;
         item = item->next) {
        const Connection *connection = item->data;
        const StatusRow row = {
            .id = connection->id,
            .peer = connection->peer,
            .listener = connection->listener,
            .state = connection_state_name(connection),
            .received = connection->to_target,
            .sent = connection->to_client,
            .age = now - connection->start_time,
        };

        status_add(table, &row);
    }
}

static bool serve_status(Program *program, Error **errp)
{
    const char *path = program->options.control;

    if (!path) {
        return true;
    }
    program->status = status_serve(path, fill_table, program, errp);
    if (!program->status) {
        error_prepend(errp, "--control '%s': ", path);
        return false;
    }
    return true;
}

/* Starting */

/* Without descriptors there is no accepting clients, and no telling them so. */
static bool reserve_descriptors(int clients, Error **errp)
{
    rlim_t needed = (rlim_t)clients * DESCRIPTORS_PER_CLIENT + OTHER_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= needed) {
        return true;
    }
    if (limit.rlim_max < needed) {
        error_setg(errp, "--max-clients '%d': that takes %ju descriptors, and the "
                         "limit (RLIMIT_NOFILE) is %ju", clients,
                   (uintmax_t)needed, (uintmax_t)limit.rlim_max);
        return false;
    }
    child_set_limit(&limit);
    limit.rlim_cur = needed;
    setrlimit(RLIMIT_NOFILE, &limit);
    return true;
}

/* What --inherit says about the socket with this number. */
static const Endpoint *kind_of(const Options *options, int number)
{
    const GPtrArray *kinds = options->inherit;

    return kinds->pdata[MIN((guint)number, kinds->len - 1)];
}

/* Checks what can be checked before anything is opened. */
static bool configure(Program *program, int *first, int *inherited, Error **errp)
{
    const Options *options = &program->options;

    *inherited = inherit_sockets(first, errp);
    if (*inherited == -1) {
        return false;
    }
    if (!*inherited && options->inherit_given) {
        error_setg(errp, "--inherit: no sockets were passed (LISTEN_FDS)");
        return false;
    }
    if (!*inherited && !options->listen->len) {
        error_setg(errp, "--listen is missing");
        return false;
    }
    if (!reserve_descriptors(options->max_clients, errp) ||
        !security_load(&program->security, options, errp)) {
        return false;
    }
    program->config.web = web_new(options->web, options->handshake_timeout,
                                  connection_count_reply, errp);
    if (!program->config.web) {
        error_prepend(errp, "--web '%s': ", options->web);
        return false;
    }
    return true;
}

static bool listen_everywhere(Program *program, int first, int inherited,
                              Error **errp)
{
    const Options *options = &program->options;

    for (guint i = 0; i < options->listen->len; i++) {
        if (!server_listen(program->server, options->listen->pdata[i], errp)) {
            return false;
        }
    }
    for (int i = 0; i < inherited; i++) {
        if (!server_adopt(program->server, kind_of(options, i), first + i, errp)) {
            return false;
        }
    }
    return serve_status(program, errp);
}

/* Signals that come from now on wait for the loop. */
static void catch_signals(Program *program)
{
    g_unix_signal_add(SIGTERM, on_stop_signal, program);
    g_unix_signal_add(SIGINT, on_stop_signal, program);
    g_unix_signal_add(SIGHUP, on_reload_signal, program);
}

static int run(Program *program, int first, int inherited)
{
    Error *error = NULL;

    if (!listen_everywhere(program, first, inherited, &error)) {
        return fail(EXIT_FAILURE, error);
    }
    program->loop = g_main_loop_new(NULL, FALSE);
    /* Before it is told where there are listeners, and not while names are looked up. */
    catch_signals(program);
    server_start(program->server);
    g_main_loop_run(program->loop);
    g_main_loop_unref(program->loop);
    return EXIT_SUCCESS;
}

static void clear(Program *program)
{
    g_clear_pointer(&program->status, status_stop);
    g_clear_pointer(&program->server, server_free);
    g_clear_pointer(&program->config.web, web_free);
    security_clear(&program->security);
    options_clear(&program->options);
}

static int show_status(const Options *options)
{
    Error *error = NULL;

    if (!status_show(options->status, options->once, &error)) {
        error_prepend(&error, "--status '%s': ", options->status);
        return fail(EXIT_FAILURE, error);
    }
    return EXIT_SUCCESS;
}

static int serve(Program *program)
{
    Error *error = NULL;
    int first, inherited;

    if (!configure(program, &first, &inherited, &error)) {
        return fail(EXIT_CONFIGURATION, error);
    }
    program->server = server_new(&program->config);
    return run(program, first, inherited);
}

int main(int argc, char **argv)
{
    Program program = { 0 };
    Error *error = NULL;
    int result;

    streams_open();
    setlocale(LC_ALL, "");
    module_call_init(MODULE_INIT_QOM);
    /* Whoever reads the log may go away. */
    signal(SIGPIPE, SIG_IGN);
    program.config.options = &program.options;
    program.config.security = &program.security;
    if (!options_parse(&program.options, argc, argv, &error)) {
        result = fail(EXIT_CONFIGURATION, error);
    } else if (program.options.status) {
        result = show_status(&program.options);
    } else {
        if (program.options.quiet) {
            log_be_quiet();
        }
        result = serve(&program);
    }
    clear(&program);
    return result;
}
