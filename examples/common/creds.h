/*
 * TLS credentials from a command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EXAMPLES_CREDS_H
#define EXAMPLES_CREDS_H

#include "crypto/tlscreds.h"

/*
 * Creates credentials from `ID,dir=DIRECTORY,…`, as QEMU's --object takes them:
 * certificates, unless qom-type=… is in it. `endpoint` is "client" or "server". The
 * caller owns the reference. A question (`help`) is answered and ends the program.
 */
QCryptoTLSCreds *creds_new(const char *description, const char *endpoint,
                           Error **errp);

#endif
