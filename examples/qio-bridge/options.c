/*
 * qio-bridge: the command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "options.h"
#include "qapi/error.h"

/* What is there before it was looked into. */
typedef struct {
    char **listen;
    char **inherit;
    char *target;
    gboolean version;
} Raw;

static const char summary[] =
    "Listens at addresses and forwards each connection to a target.";

static const char description[] =
    "An ADDRESS is one of\n"
    "  tcp:HOST:PORT        a TCP connection; the port 0 picks a free one\n"
    "  unix:PATH            a Unix socket\n"
    "  tls:HOST:PORT        TLS over either of these\n"
    "  tls+unix:PATH\n"
    "  ws:HOST:PORT         WebSocket, in binary frames\n"
    "  ws+unix:PATH\n"
    "  wss:HOST:PORT        WebSocket over TLS\n"
    "  wss+unix:PATH\n"
    "  exec:COMMAND         for a target: a process for each connection, run by\n"
    "                       /bin/sh, that reads and writes a socket\n"
    "IPv6 addresses stand in brackets. What HOST:PORT can be followed by is what\n"
    "QEMU takes, such as \",ipv4=on\".\n"
    "\n"
    "DIR of credentials holds ca-cert.pem and the server's or client's certificate\n"
    "and key under the names that QEMU uses; more properties of tls-creds-x509 can\n"
    "follow, such as \"DIR,priority=NORMAL\". SIGHUP loads them again.\n"
    "\n"
    "SIGTERM and SIGINT end the program when all connections have ended, or the\n"
    "time is up; a second one ends it at once.\n"
    "\n"
    "The exit status is 0 after a clean stop, 1 after a failure, 2 when the options\n"
    "make no sense.";

static GOptionContext *make_context(Options *options, Raw *raw)
{
    const GOptionEntry entries[] = {
        { "listen", 'l', 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->listen,
          "Listen there; may be repeated", "ADDRESS" },
        { "inherit", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->inherit,
          "What the sockets passed by systemd speak (tcp, tls, ws, wss), in order; "
          "the last holds for the rest", "SCHEME" },
        { "target", 't', 0, G_OPTION_ARG_FILENAME, &raw->target,
          "Forward each connection there", "ADDRESS" },
        { "tls-creds", 0, 0, G_OPTION_ARG_FILENAME, &options->tls_creds,
          "The server's credentials, for clients", "DIR" },
        { "tls-verify-peer", 0, 0, G_OPTION_ARG_NONE, &options->verify_peer,
          "Let only clients with a valid certificate in", NULL },
        { "authz-list", 0, 0, G_OPTION_ARG_FILENAME, &options->authz_list,
          "Let only clients in whose distinguished name the list allows (JSON, as "
          "of QEMU's authz-list-file; read again when it changes)", "FILE" },
        { "target-tls-creds", 0, 0, G_OPTION_ARG_FILENAME,
          &options->target_tls_creds, "The client's credentials, for the target",
          "DIR" },
        { "target-tls-hostname", 0, 0, G_OPTION_ARG_FILENAME,
          &options->target_tls_hostname,
          "Whose certificate the target must have, if not HOST's", "NAME" },
        { "web", 0, 0, G_OPTION_ARG_FILENAME, &options->web,
          "Serve these files to web clients of WebSocket listeners", "DIR" },
        { "max-clients", 0, 0, G_OPTION_ARG_INT, &options->max_clients,
          "Serve so many at a time, further ones wait (1024)", "N" },
        { "handshake-timeout", 0, 0, G_OPTION_ARG_INT,
          &options->handshake_timeout,
          "The time for each step before data flows (10)", "SECONDS" },
        { "idle-timeout", 0, 0, G_OPTION_ARG_INT, &options->idle_timeout,
          "End connections on which nothing has moved for so long (never)",
          "SECONDS" },
        { "drain-timeout", 0, 0, G_OPTION_ARG_INT, &options->drain_timeout,
          "The time that connections get when the program is to stop (10)",
          "SECONDS" },
        { "control", 0, 0, G_OPTION_ARG_FILENAME, &options->control,
          "Answer --status at this Unix socket", "PATH" },
        { "status", 0, 0, G_OPTION_ARG_FILENAME, &options->status,
          "Show the connections of the bridge with that --control socket", "PATH" },
        { "once", 0, 0, G_OPTION_ARG_NONE, &options->once,
          "Show them once, also on a terminal", NULL },
        { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet,
          "Print problems only", NULL },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &raw->version,
          "Print the version", NULL },
        G_OPTION_ENTRY_NULL,
    };
    GOptionContext *context =
        g_option_context_new("--listen ADDRESS… --target ADDRESS");

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    return context;
}

/* Parses every text of an array that is NULL if there is none. */
static bool parse_all(GPtrArray *parsed, const char *option, char **texts,
                      Endpoint *(*parse)(const char *text, Error **errp),
                      Error **errp)
{
    for (char **text = texts; text && *text; text++) {
        Endpoint *endpoint = parse(*text, errp);

        if (!endpoint) {
            error_prepend(errp, "%s '%s': ", option, *text);
            return false;
        }
        g_ptr_array_add(parsed, endpoint);
    }
    return true;
}

static Endpoint *parse_listen(const char *text, Error **errp)
{
    return endpoint_parse(text, false, errp);
}

static bool parse_target(Options *options, const char *text, Error **errp)
{
    if (!text) {
        error_setg(errp, "--target is missing");
        return false;
    }
    options->target = endpoint_parse(text, true, errp);
    if (!options->target) {
        error_prepend(errp, "--target '%s': ", text);
        return false;
    }
    return true;
}

static bool check_number(const char *option, int value, int least, Error **errp)
{
    if (value < least) {
        error_setg(errp, "%s '%d': it is at least %d", option, value, least);
        return false;
    }
    return true;
}

static bool check_numbers(const Options *options, Error **errp)
{
    return check_number("--max-clients", options->max_clients, 1, errp) &&
           check_number("--handshake-timeout", options->handshake_timeout, 1,
                        errp) &&
           check_number("--idle-timeout", options->idle_timeout, 0, errp) &&
           check_number("--drain-timeout", options->drain_timeout, 0, errp);
}

/* The first listener that has something; NULL if none has it. */
static const Endpoint *find(const Options *options, size_t flag)
{
    const GPtrArray *lists[] = { options->listen, options->inherit };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint j = 0; j < lists[i]->len; j++) {
            const Endpoint *endpoint = lists[i]->pdata[j];

            if (G_STRUCT_MEMBER(bool, endpoint, flag)) {
                return endpoint;
            }
        }
    }
    return NULL;
}

static bool check_listeners_tls(const Options *options, Error **errp)
{
    const Endpoint *endpoint = find(options, offsetof(Endpoint, has_tls));

    if (endpoint && !options->tls_creds) {
        error_setg(errp, "%s '%s': TLS needs --tls-creds DIR",
                   endpoint->address ? "--listen" : "--inherit", endpoint->text);
        return false;
    }
    if (!endpoint && options->tls_creds) {
        error_setg(errp, "--tls-creds '%s': no listener speaks TLS",
                   options->tls_creds);
        return false;
    }
    if (!endpoint && options->verify_peer) {
        error_setg(errp, "--tls-verify-peer: no listener speaks TLS");
        return false;
    }
    if (options->authz_list && !options->verify_peer) {
        error_setg(errp, "--authz-list '%s': needs --tls-verify-peer, as names "
                         "come from certificates", options->authz_list);
        return false;
    }
    return true;
}

static bool check_target_tls(const Options *options, Error **errp)
{
    const char *creds = options->target_tls_creds;
    const char *hostname = options->target_tls_hostname;

    if (options->target->has_tls) {
        if (!creds) {
            error_setg(errp, "--target '%s': TLS needs --target-tls-creds DIR",
                       options->target->text);
            return false;
        }
        if (!hostname && !options->target->host) {
            error_setg(errp, "--target '%s': TLS needs --target-tls-hostname NAME",
                       options->target->text);
            return false;
        }
        return true;
    }
    if (creds || hostname) {
        error_setg(errp, "%s '%s': the target does not speak TLS",
                   creds ? "--target-tls-creds" : "--target-tls-hostname",
                   creds ? creds : hostname);
        return false;
    }
    return true;
}

/* An empty path means a socket somewhere else to the library. */
static bool check_path(const char *option, const char *path, Error **errp)
{
    if (path && path[0] == '\0') {
        error_setg(errp, "%s '': the path is missing", option);
        return false;
    }
    return true;
}

static bool check_web(const Options *options, Error **errp)
{
    if (options->web && !find(options, offsetof(Endpoint, has_frames))) {
        error_setg(errp, "--web '%s': no listener speaks WebSocket", options->web);
        return false;
    }
    return true;
}

/* Sockets of which nothing is said are plain. */
static bool parse_inherit(Options *options, char **given, Error **errp)
{
    static char *plain[] = { "tcp", NULL };

    options->inherit_given = given != NULL;
    return parse_all(options->inherit, "--inherit", given ? given : plain,
                     endpoint_parse_inherited, errp);
}

static bool digest(Options *options, const Raw *raw, Error **errp)
{
    return parse_all(options->listen, "--listen", raw->listen, parse_listen,
                     errp) &&
           parse_inherit(options, raw->inherit, errp) &&
           parse_target(options, raw->target, errp) &&
           check_numbers(options, errp) && check_listeners_tls(options, errp) &&
           check_target_tls(options, errp) && check_web(options, errp) &&
           check_path("--control", options->control, errp);
}

/* Showing another bridge's connections is all that is done then. */
static bool check_status(const Options *options, const Raw *raw, Error **errp)
{
    if (options->once && !options->status) {
        error_setg(errp, "--once: needs --status");
        return false;
    }
    if (options->status && (raw->listen || raw->inherit || raw->target)) {
        error_setg(errp, "--status '%s': goes without --listen, --inherit and "
                         "--target", options->status);
        return false;
    }
    return check_path("--status", options->status, errp);
}

static bool read_raw(Options *options, Raw *raw, int argc, char **argv,
                     Error **errp)
{
    g_autoptr(GOptionContext) context = make_context(options, raw);
    g_autoptr(GError) error = NULL;

    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        error_setg(errp, "%s", error->message);
        return false;
    }
    if (raw->version) {
        printf("qio-bridge (libqiochannel) %s\n", QIO_BRIDGE_VERSION);
        exit(EXIT_SUCCESS);
    }
    if (argc > 1) {
        error_setg(errp, "unexpected argument '%s'", argv[1]);
        return false;
    }
    return true;
}

bool options_parse(Options *options, int argc, char **argv, Error **errp)
{
    Raw raw = { 0 };
    bool good;

    *options = (Options){
        .listen = g_ptr_array_new_with_free_func((GDestroyNotify)endpoint_free),
        .inherit = g_ptr_array_new_with_free_func((GDestroyNotify)endpoint_free),
        .max_clients = 1024,
        .handshake_timeout = 10,
        .drain_timeout = 10,
    };
    good = read_raw(options, &raw, argc, argv, errp) &&
           check_status(options, &raw, errp) &&
           (options->status || digest(options, &raw, errp));
    g_strfreev(raw.listen);
    g_strfreev(raw.inherit);
    g_free(raw.target);
    return good;
}

void options_clear(Options *options)
{
    g_ptr_array_unref(options->listen);
    g_ptr_array_unref(options->inherit);
    g_clear_pointer(&options->target, endpoint_free);
    g_free(options->tls_creds);
    g_free(options->authz_list);
    g_free(options->target_tls_creds);
    g_free(options->target_tls_hostname);
    g_free(options->web);
    g_free(options->control);
    g_free(options->status);
}
