/*
 * qio-bridge: sockets that a service manager has opened.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_INHERIT_H
#define QIO_BRIDGE_INHERIT_H

#include "qapi/error.h"

/*
 * Takes over the descriptors that LISTEN_FDS speaks of: they are closed in children, and
 * the variables are gone. *first is the first one; returns how many follow each other,
 * or -1 with an error if they are not sockets that listen.
 */
int inherit_sockets(int *first, Error **errp);

#endif
