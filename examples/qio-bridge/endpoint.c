/*
 * qio-bridge: what an ADDRESS of the command line means.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/place.h"
#include "endpoint.h"
#include "qapi/error.h"
#include "qemu/sockets.h"

#define KINDS "tcp:, unix:, tls:, tls+unix:, ws:, ws+unix:, wss: or wss+unix:"

typedef struct {
    const char *name; /* before the colon */
    bool is_unix;
    bool has_tls;
    bool has_frames;
} Scheme;

static const Scheme schemes[] = {
    { "tcp", false, false, false },
    { "unix", true, false, false },
    { "tls", false, true, false },
    { "tls+unix", true, true, false },
    { "ws", false, false, true },
    { "ws+unix", true, false, true },
    { "wss", false, true, true },
    { "wss+unix", true, true, true },
};

static const Scheme *find_scheme(const char *name, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (strlen(schemes[i].name) == length &&
            strncmp(schemes[i].name, name, length) == 0) {
            return &schemes[i];
        }
    }
    return NULL;
}

static Endpoint *new_endpoint(const char *text, const Scheme *scheme)
{
    Endpoint *endpoint = g_new0(Endpoint, 1);

    endpoint->text = g_strdup(text);
    endpoint->has_tls = scheme && scheme->has_tls;
    endpoint->has_frames = scheme && scheme->has_frames;
    return endpoint;
}

static SocketAddress *parse_path(const char *path, Error **errp)
{
    g_autofree char *text = g_strconcat("unix:", path, NULL);

    if (path[0] == '\0') {
        error_setg(errp, "the path is missing");
        return NULL;
    }
    return socket_parse(text, errp);
}

static SocketAddress *parse_host(const char *host_and_port, Error **errp)
{
    g_autofree char *text = g_strconcat("tcp:", host_and_port, NULL);

    return socket_parse(text, errp);
}

/* What stands behind `tls:`, `ws:` and `wss:` may be a whole address, as in qio-copy. */
static SocketAddress *parse_place(const Scheme *scheme, const char *rest,
                                  Error **errp)
{
    bool has_layers = scheme->has_tls || scheme->has_frames;

    if (scheme->is_unix) {
        return parse_path(rest, errp);
    }
    if (has_layers && g_str_has_prefix(rest, "unix:")) {
        return parse_path(rest + strlen("unix:"), errp);
    }
    if (has_layers && g_str_has_prefix(rest, "tcp:")) {
        rest += strlen("tcp:");
    }
    return parse_host(rest, errp);
}

static Endpoint *parse_command(const char *text, const char *command,
                               bool is_target, Error **errp)
{
    Endpoint *endpoint;

    if (!is_target) {
        error_setg(errp, "a command cannot listen");
        return NULL;
    }
    if (command[0] == '\0') {
        error_setg(errp, "the command is missing");
        return NULL;
    }
    endpoint = new_endpoint(text, NULL);
    endpoint->command = g_strdup(command);
    return endpoint;
}

/* A target needs a host: the empty one is for listeners. */
static bool check_place(const Endpoint *endpoint, bool is_target, Error **errp)
{
    const InetSocketAddress *inet = &endpoint->address->u.inet;

    if (endpoint->address->type != SOCKET_ADDRESS_TYPE_INET) {
        return true;
    }
    if (!place_has_port(inet, is_target ? 1 : 0, errp)) {
        return false;
    }
    if (is_target && inet->host[0] == '\0') {
        error_setg(errp, "the host is missing");
        return false;
    }
    return true;
}

Endpoint *endpoint_parse(const char *text, bool is_target, Error **errp)
{
    g_autoptr(Endpoint) endpoint = NULL;
    size_t length = strcspn(text, ":");
    const Scheme *scheme = find_scheme(text, length);

    if (text[length] == ':' && g_str_has_prefix(text, "exec:")) {
        return parse_command(text, text + strlen("exec:"), is_target, errp);
    }
    if (!scheme || text[length] != ':') {
        error_setg(errp, "unknown kind of address: it starts with " KINDS "%s",
                   is_target ? ", or exec:" : "");
        return NULL;
    }
    endpoint = new_endpoint(text, scheme);
    endpoint->address = parse_place(scheme, text + length + 1, errp);
    if (!endpoint->address || !check_place(endpoint, is_target, errp)) {
        return NULL;
    }
    if (endpoint->address->type == SOCKET_ADDRESS_TYPE_INET) {
        endpoint->host = g_strdup(endpoint->address->u.inet.host);
        endpoint->authority = endpoint_authority(&endpoint->address->u.inet);
    }
    return g_steal_pointer(&endpoint);
}

Endpoint *endpoint_parse_inherited(const char *name, Error **errp)
{
    const Scheme *scheme = find_scheme(name, strlen(name));

    if (!scheme || scheme->is_unix) {
        error_setg(errp, "unknown kind of socket: it is tcp, tls, ws or wss");
        return NULL;
    }
    return new_endpoint(name, scheme);
}

void endpoint_free(Endpoint *endpoint)
{
    g_free(endpoint->text);
    qapi_free_SocketAddress(endpoint->address);
    g_free(endpoint->command);
    g_free(endpoint->host);
    g_free(endpoint->authority);
    g_free(endpoint);
}

static const char *scheme_name(const Endpoint *endpoint, bool is_unix)
{
    size_t i = 0;

    /* Every combination is in the table. */
    while (schemes[i].is_unix != is_unix ||
           schemes[i].has_tls != endpoint->has_tls ||
           schemes[i].has_frames != endpoint->has_frames) {
        i++;
    }
    return schemes[i].name;
}

char *endpoint_describe(const Endpoint *endpoint, const SocketAddress *address)
{
    g_autofree char *place = NULL;
    bool is_unix = address->type == SOCKET_ADDRESS_TYPE_UNIX;

    place = address->type == SOCKET_ADDRESS_TYPE_INET ?
        endpoint_authority(&address->u.inet) :
        g_strdup(is_unix ? address->u.q_unix.path : "?");
    return g_strconcat(scheme_name(endpoint, is_unix), ":", place, NULL);
}

char *endpoint_authority(const InetSocketAddress *inet)
{
    return g_strdup_printf(strchr(inet->host, ':') ? "[%s]:%s" : "%s:%s",
                           inet->host, inet->port);
}
