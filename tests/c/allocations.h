/*
 * How often the process has asked for memory. This program's own malloc() and
 * friends count, and call libc's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <glib.h>

/* The allocations and reallocations so far, of all threads. */
int allocations_made(void);

#endif
