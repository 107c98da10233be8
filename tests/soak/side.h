/*
 * One end of a connection of the soak test.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SOAK_SIDE_H
#define SOAK_SIDE_H

#include "connection.h"
#include "io/channel-socket.h"
#include "crypto/tlscreds.h"

/* What the ends of all connections share. */
typedef struct {
    GRand *random;
    /* By role. */
    QCryptoTLSCreds *creds[2];
    /* A client rests up to so long before it writes, so that many are open at a time. */
    gint32 rest_ms;
    /* The connection that a server's end has read the id of; NULL if it is forgotten. */
    Connection *(*find)(guint64 id);
    /* An end is over; `connection` is NULL if a server's end never learnt its own. */
    void (*ended)(Connection *connection, Role role);
    /* The ends that are not over. */
    unsigned count;
} Sides;

/*
 * Starts an end over a connected socket; it takes a reference and goes on by itself
 * on the default context. `refuse`: it goes away during the handshake.
 */
void side_start(Sides *sides, QIOChannelSocket *socket, Stack stack, Role role,
                Connection *connection, bool refuse);

#endif
