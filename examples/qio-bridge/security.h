/*
 * qio-bridge: credentials and access control.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_SECURITY_H
#define QIO_BRIDGE_SECURITY_H

#include "crypto/tlscreds.h"
#include "options.h"

typedef struct {
    QCryptoTLSCreds *server; /* NULL if no listener speaks TLS */
    QCryptoTLSCreds *client; /* NULL if the target does not */
    const char *authz;       /* id of the object that clients must pass, or NULL */
} Security;

/* Loads what the options name. An error names the option and the value. */
bool security_load(Security *security, const Options *options, Error **errp);

/* Loads the credentials again, for new connections. */
void security_reload(const Security *security);

void security_clear(Security *security);

#endif
