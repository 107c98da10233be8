/*
 * One program of files that are written for different generations of the API.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef GENERATIONS_H
#define GENERATIONS_H

#include <stddef.h>

/* Each file adds its tests. */
void generation_2_11_add_tests(void);
void generation_2_12_add_tests(void);
void generation_6_0_add_tests(void);
void generation_v7_add_tests(void);

/* A new channel of a class of 2.11, which swaps the case of what is written. */
struct QIOChannel;
struct QIOChannel *generation_2_11_new_channel(void);

/* The name of that class, and of one of 6.0 that is derived from it. */
#define TYPE_SWAP_CASE "generation-2.11-swap-case"
#define TYPE_COUNTING "generation-6.0-counting"

/* What a file sees of the structs; all must see the same. */
#define GENERATION_LAYOUT { \
    sizeof(QIOChannel), sizeof(QIOChannelClass), sizeof(QIOChannelSocket), \
    sizeof(QIOChannelFile), sizeof(QIOChannelBuffer), \
    sizeof(QIOChannelCommand), \
    offsetof(QIOChannelClass, io_writev), offsetof(QIOChannelClass, io_readv), \
    offsetof(QIOChannelClass, io_close), \
    offsetof(QIOChannelClass, io_create_watch), \
    offsetof(QIOChannelClass, io_set_blocking), \
    offsetof(QIOChannelClass, io_shutdown), \
    offsetof(QIOChannelClass, io_set_cork), \
    offsetof(QIOChannelClass, io_set_delay), \
    offsetof(QIOChannelClass, io_seek), \
    offsetof(QIOChannelClass, io_set_aio_fd_handler), \
    offsetof(QIOChannelClass, io_flush), offsetof(QIOChannel, features), \
    offsetof(QIOChannel, name), offsetof(QIOChannelSocket, fd), \
    offsetof(QIOChannelSocket, zero_copy_queued), \
    offsetof(QIOChannelBuffer, data), offsetof(QIOChannelFile, fd) }
#define GENERATION_LAYOUT_FACTS 23

extern const size_t generation_2_11_layout[GENERATION_LAYOUT_FACTS];
extern const size_t generation_2_12_layout[GENERATION_LAYOUT_FACTS];
extern const size_t generation_6_0_layout[GENERATION_LAYOUT_FACTS];
extern const size_t generation_v7_layout[GENERATION_LAYOUT_FACTS];

#endif
