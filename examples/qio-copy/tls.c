/*
 * qio-copy: TLS around a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define QIO_CHANNEL_EXTENSIONS
#include "qemu/osdep.h"

#include "../common/creds.h"
#include "../common/layer.h"
#include "handshake.h"
#include "io/channel-tls.h"
#include "qapi/error.h"
#include "tls.h"

/* How often to look whether the peer has sent something at the end. */
#define LEFTOVER_READS 16

QCryptoTLSCreds *tls_make_creds(const TlsOptions *options, const char *endpoint,
                                Error **errp)
{
    QCryptoTLSCreds *creds;

    if (!options->creds) {
        error_setg(errp, "TLS needs credentials: --tls-creds ID,dir=…");
        return NULL;
    }
    creds = creds_new(options->creds, endpoint, errp);
    if (!creds) {
        error_prepend(errp, "--tls-creds: ");
    }
    return creds;
}

QIOChannel *tls_start(QIOChannel *connection, QCryptoTLSCreds *creds,
                      bool is_server, const char *hostname, Error **errp)
{
    QIOChannel *tls = layer_new_tls(connection, creds, is_server,
                                    is_server ? NULL : hostname, errp);

    return tls && handshake_run(tls, errp) ? tls : NULL;
}

/*
 * A connection that is closed with something unread in it is reset, and then the
 * peer may lose what it has not read yet. Servers send session tickets unasked.
 */
static void read_leftovers(QIOChannel *ioc)
{
    char buffer[1024];

    if (qio_channel_set_blocking(ioc, false, NULL) == -1) {
        return;
    }
    for (int i = 0; i < LEFTOVER_READS; i++) {
        if (qio_channel_read(ioc, buffer, sizeof(buffer), NULL) <= 0) {
            return;
        }
    }
}

bool tls_say_goodbye(QIOChannel *ioc, Error **errp)
{
    Error *error = NULL;

    /* Blocking, so that it is sent when the call returns. */
    if (qio_channel_set_blocking(ioc, true, errp) == -1) {
        return false;
    }
    qio_channel_tls_bye(QIO_CHANNEL_TLS(ioc), &error);
    if (error) {
        error_propagate(errp, error);
        return false;
    }
    read_leftovers(ioc);
    return true;
}
