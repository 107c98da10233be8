/*
 * Two TLS channels over a pair of sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TLS_LINK_H
#define TLS_LINK_H

#include "tls-fixture.h"

#include "io/channel-file.h"
#include "io/channel-tls.h"

/* How a handshake ended. */
typedef struct Ending {
    unsigned calls;
    unsigned destroyed;
    Error *err;
    GThread *thread;
} Ending;

/* For qio_channel_tls_handshake(): stores what happened in an Ending. */
void ending_func(QIOTask *task, gpointer ending);
void ending_destroy(gpointer ending);

/* Both ends after their handshake. */
typedef struct Link {
    QCryptoTLSCreds *server_creds;
    QCryptoTLSCreds *client_creds;
    /* The masters, which the link also holds. */
    QIOChannel *server_master;
    QIOChannel *client_master;
    QIOChannel *server;
    QIOChannel *client;
} Link;

/* Anonymous credentials, TLS 1.2; or with keys, TLS 1.3. Non-blocking masters. */
void link_open(Link *link, bool tls13);

/* The same without the handshake. */
void link_prepare(Link *link, bool tls13);

/* Shakes hands in the default context; ends the test unless both succeed. */
void link_handshake(Link *link);

/* Makes both ends block or not. */
void link_set_blocking(Link *link, bool enabled);

/* Reads what is there from an end that does not block. Returns the bytes. */
size_t link_drain(QIOChannel *channel);

/* Drops everything; each channel must have one reference left. */
void link_close(Link *link);

#endif
