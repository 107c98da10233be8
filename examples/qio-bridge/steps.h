/*
 * qio-bridge: the way from a client that was accepted to an open connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_STEPS_H
#define QIO_BRIDGE_STEPS_H

#include "connection.h"

/* Starts with the first step for the client. */
void steps_start(Connection *connection);

/* What the steps need of connection.c. */

/* A reference; its argument. */
Connection *connection_hold(Connection *connection);

/* Drops a reference. */
void connection_let_go(gpointer connection);

/* Enters a state in which the connection must not stay for long. */
void connection_enter(Connection *connection, ConnectionState state);

/* The end of the steps: lets the bytes move. */
void connection_open(Connection *connection);

/* Ends everything at once; takes the error. `what` names the step, or the side. */
void connection_fail(Connection *connection, const char *what, Error *error);

/* Ends everything at once, also while a request is read. */
void connection_cut(Connection *connection, const char *reason);

#endif
