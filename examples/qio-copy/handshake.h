/*
 * qio-copy: waiting for a handshake.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_COPY_HANDSHAKE_H
#define QIO_COPY_HANDSHAKE_H

#include "io/channel.h"

/*
 * Shakes hands on a new layer and waits until that is over. False and an error, and
 * the layer is gone, if it failed.
 */
bool handshake_run(QIOChannel *layer, Error **errp);

#endif
