/*
 * Test: what the io headers need of their host's qemu/buffer.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_BUFFER_H
#define HOST_BUFFER_H

typedef struct Buffer {
    char *name;
    size_t capacity;
    size_t offset;
    uint64_t avg_size;
    uint8_t *buffer;
} Buffer;

#endif
