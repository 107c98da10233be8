/*
 * Test: what the io headers need of their host's qemu/sockets.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_SOCKETS_H
#define HOST_SOCKETS_H

#include "qapi/qapi-types-sockets.h"

#endif
