/*
 * qio-bridge: the process behind a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_CHILD_H
#define QIO_BRIDGE_CHILD_H

#include <sys/resource.h>

#include "io/channel-socket.h"

typedef struct Child Child;

/*
 * The limit of descriptors that children get: the bridge may have raised its own, which
 * is no good for programs that use select(2).
 */
void child_set_limit(const struct rlimit *limit);

/*
 * Starts `/bin/sh -c COMMAND` in a session of its own for the connection with this
 * number. Its standard input and output are a socket, and *socket is the other end.
 */
Child *child_start(const char *command, guint64 connection,
                   QIOChannelSocket **socket, Error **errp);

/*
 * Nobody talks to the child any more: it is told to end, after a moment if it
 * `may_finish`, and killed if it does not listen; so is whatever it has started in
 * its process group. The caller gives the child up.
 */
void child_end(Child *child, bool may_finish);

/* Calls `func` whenever a child that was told to end is gone, with all it has started. */
void child_on_gone(void (*func)(void *opaque), void *opaque);

/* How many were told to end and are not gone. */
size_t child_count_ending(void);

/* Kills those at once. */
void child_kill_ending(void);

#endif
