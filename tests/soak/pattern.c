/*
 * The bytes that the soak test sends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "pattern.h"

static char block[PATTERN_SIZE + PATTERN_PIECE];

void pattern_init(GRand *random)
{
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] = i < PATTERN_SIZE ? (char)g_rand_int(random) : block[i - PATTERN_SIZE];
    }
}

const char *pattern_at(size_t offset)
{
    return &block[offset % PATTERN_SIZE];
}
