/*
 * qio-copy: TLS around a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_COPY_TLS_H
#define QIO_COPY_TLS_H

#include "crypto/tlscreds.h"
#include "io/channel.h"

/* What the command line says about TLS; each may be NULL. */
typedef struct {
    char *creds;    /* ID,name=value,… of the credentials */
    char *hostname; /* that the server must have a certificate for */
} TlsOptions;

/*
 * Creates the credentials for an end: `endpoint` is "client" or "server". The
 * caller owns the reference.
 */
QCryptoTLSCreds *tls_make_creds(const TlsOptions *options, const char *endpoint,
                                Error **errp);

/*
 * Shakes hands over a connection and returns the channel for what is to be
 * encrypted, which does not block. A client wants a certificate for `hostname`.
 */
QIOChannel *tls_start(QIOChannel *connection, QCryptoTLSCreds *creds,
                      bool is_server, const char *hostname, Error **errp);

/* Tells the peer that it has got everything. Waits until that is sent. */
bool tls_say_goodbye(QIOChannel *ioc, Error **errp);

#endif
