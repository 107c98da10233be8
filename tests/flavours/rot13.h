/*
 * A class of channels written in C: ROT13 over a buffer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef ROT13_H
#define ROT13_H

#include "io/channel-buffer.h"

#define TYPE_ROT13 "rot13"
OBJECT_DECLARE_SIMPLE_TYPE(Rot13, ROT13)

/* The instance of the parent class stands in the instance, and fields behind it. */
struct Rot13 {
    QIOChannelBuffer parent;
    size_t written;
    bool closed;
};

/* The class appends a slot of its own. */
typedef struct Rot13Class {
    QIOChannelClass parent;
    char (*rotate)(char c);
} Rot13Class;

/* A new channel; the first call registers the class. */
Rot13 *rot13_new(void);

#endif
