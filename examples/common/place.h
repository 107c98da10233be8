/*
 * Paths of Unix sockets to listen at.
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

#endif
