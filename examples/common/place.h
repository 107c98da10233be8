/*
 * What is wrong with addresses that the library takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EXAMPLES_PLACE_H
#define EXAMPLES_PLACE_H

#include "qapi/qapi-types-sockets.h"

/*
 * Whether listening at an address takes nothing from anybody: whatever is at the path
 * of a Unix socket is removed for it. A socket at which nobody listens any more may be.
 */
bool place_is_free(const SocketAddress *address, Error **errp);

/*
 * Whether the port is the name of a service or a number from `least` on: the resolver
 * takes any number, and 16 bits of it.
 */
bool place_has_port(const InetSocketAddress *inet, int least, Error **errp);

#endif
