/*
 * Test: what the io headers need of their host's qemu/osdep.h, which every C file of the
 * host includes first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_OSDEP_H
#define HOST_OSDEP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <glib.h>

typedef struct AioContext AioContext;
typedef struct Coroutine Coroutine;
typedef struct Error Error;
typedef struct Object Object;
typedef struct ObjectClass ObjectClass;
typedef void IOHandler(void *opaque);

#endif
