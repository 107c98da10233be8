/*
 * What a process holds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SOAK_LEVEL_H
#define SOAK_LEVEL_H

#include <stddef.h>

typedef struct {
    size_t heap;
    size_t resident;
    unsigned descriptors;
    unsigned threads;
} Level;

/* What this process holds now, after giving back to the kernel what is free. */
Level level_now(void);

/* The higher of each. */
Level level_peak(Level one, Level other);

#endif
