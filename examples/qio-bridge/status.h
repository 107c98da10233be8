/*
 * qio-bridge: the table of connections, for those who ask a running bridge.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_STATUS_H
#define QIO_BRIDGE_STATUS_H

#include "qemu/osdep.h"

/* A connection as the table shows it. */
typedef struct {
    guint64 id; /* no other connection ever has it */
    const char *peer;
    const char *listener;
    const char *state;
    guint64 received; /* bytes from the client */
    guint64 sent;     /* bytes to the client */
    gint64 age;       /* microseconds */
} StatusRow;

/* A table in the making. */
typedef struct StatusTable StatusTable;

/* Adds a line. */
void status_add(StatusTable *table, const StatusRow *row);

/* Adds all connections that there are. */
typedef void (*StatusFill)(StatusTable *table, void *opaque);

/* The bridge's side. */
typedef struct StatusServer StatusServer;

/*
 * Answers everybody who connects to the Unix socket `path`, which only this user may
 * do, from the default main context.
 */
StatusServer *status_serve(const char *path, StatusFill fill, void *opaque,
                           Error **errp);

/* Removes the socket; those who have not got their answer yet get none. */
void status_stop(StatusServer *server);

/*
 * The other side: prints the table of the bridge whose socket is `path`. On a terminal
 * and unless `once`, does so each second until interrupted.
 */
bool status_show(const char *path, bool once, Error **errp);

#endif
