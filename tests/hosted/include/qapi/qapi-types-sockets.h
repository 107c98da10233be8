/*
 * Test: what the io headers need of their host's qapi/qapi-types-sockets.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_QAPI_TYPES_SOCKETS_H
#define HOST_QAPI_TYPES_SOCKETS_H

typedef struct SocketAddress SocketAddress;

#endif
