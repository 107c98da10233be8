/*
 * qio-bridge: the command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_OPTIONS_H
#define QIO_BRIDGE_OPTIONS_H

#include "endpoint.h"

typedef struct {
    GPtrArray *listen;  /* of Endpoint */
    GPtrArray *inherit; /* of Endpoint; the last holds for all further sockets */
    bool inherit_given;
    Endpoint *target;
    char *tls_creds;
    gboolean verify_peer;
    char *authz_list;
    char *target_tls_creds;
    char *target_tls_hostname;
    char *web;
    int max_clients;
    int handshake_timeout; /* seconds */
    int idle_timeout;      /* seconds; 0: none */
    int drain_timeout;     /* seconds */
    char *control; /* path of the socket that --status asks */
    char *status;  /* the same, of the bridge whose table is to be shown, or NULL */
    gboolean once;
    gboolean quiet;
} Options;

/*
 * Reads the command line; --help and --version are answered and end the program.
 * False and an error that names the option and the value if it makes no sense.
 */
bool options_parse(Options *options, int argc, char **argv, Error **errp);

void options_clear(Options *options);

#endif
