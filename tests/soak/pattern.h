/*
 * The bytes that the soak test sends: a random block, over and over. Whoever knows
 * where a stream starts in it can check every byte.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SOAK_PATTERN_H
#define SOAK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

/* Not a multiple of any size that a layer below may cut at. */
#define PATTERN_SIZE 65521
/* How many bytes may be had in one piece. */
#define PATTERN_PIECE 65536

/* Fills the block. */
void pattern_init(GRand *random);

/* The bytes at this offset of the endless repetition; PATTERN_PIECE of them. */
const char *pattern_at(size_t offset);

#endif
