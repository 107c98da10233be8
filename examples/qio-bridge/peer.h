/*
 * qio-bridge: who the client is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_PEER_H
#define QIO_BRIDGE_PEER_H

#include "io/channel-socket.h"

/* An address, or for a Unix socket the process. The caller frees it. */
char *peer_describe(QIOChannelSocket *socket);

#endif
