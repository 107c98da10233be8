/*
 * TLS connections over socket pairs: of channels, and of GnuTLS alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TLS_PAIR_H
#define TLS_PAIR_H

#include "bench.h"

#include <gnutls/gnutls.h>

#include "io/channel-tls.h"

typedef struct TlsPair {
    QIOChannel *client;
    QIOChannel *server;
} TlsPair;

typedef struct RawTlsPair {
    gnutls_session_t client;
    gnutls_session_t server;
    int fds[2];
} RawTlsPair;

typedef enum TlsVersion {
    TLS_1_2,
    TLS_1_3,
} TlsVersion;

/* Two connected sockets as channels, the client's first. */
void tls_masters(QIOChannel *masters[2]);

/* A connection over the masters, which it takes. */
void tls_pair_open(TlsPair *pair, QIOChannel *masters[2], TlsVersion version);
void tls_pair_close(TlsPair *pair);

/* A connection with the same parameters. */
void raw_tls_pair_open(RawTlsPair *pair, TlsVersion version);
void raw_tls_pair_close(RawTlsPair *pair);

#endif
