/*
 * A channel class written in C, outside the library: it does what a script says
 * and remembers how it was called.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SCRIPTED_CHANNEL_H
#define SCRIPTED_CHANNEL_H

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "io/channel.h"

#define TYPE_SCRIPTED_CHANNEL "scripted-channel"
OBJECT_DECLARE_SIMPLE_TYPE(ScriptedChannel, SCRIPTED_CHANNEL)

/* As a result: as many bytes as the caller offers. */
#define ALL_BYTES SSIZE_MAX

/* What the next read or write does. */
typedef struct Step {
    ssize_t result;
    /* With a negative result: the errno of an Error to set; 0 sets none. */
    int error;
    /* So many new descriptors are handed to a reader that asks for them. */
    size_t nfds;
    /* Those descriptors are closed already. */
    bool stale_fds;
} Step;

enum { MAX_ELEMENTS = 8, MAX_CALLS = 16 };

/* How a slot was called. */
typedef struct Call {
    const char *slot;
    const struct iovec *iov;
    size_t niov;
    struct iovec elements[MAX_ELEMENTS];
    /* The array to send, or the address where to store one. */
    void *fds;
    /* The number to send, or the address where to store one. */
    uintptr_t nfds;
    int flags;
    Error **errp;
    /* The first number or flag of the other slots. */
    int64_t argument;
    int whence;
    void *pointers[4];
} Call;

struct ScriptedChannel {
    QIOChannel parent;
    const Step *steps;
    size_t n_steps;
    Call calls[MAX_CALLS];
    size_t n_calls;
    /* The result of every slot but read and write. */
    int64_t result;
    /* Everything written; reads return the bytes 0, 1, 2, ... */
    GByteArray *written;
    uint8_t next_byte;
};

/* Registers the type; before anything else here. */
void scripted_channel_register(void);

/* A new channel that follows `steps`; one read or write more ends the test. */
ScriptedChannel *scripted_channel_new(const Step *steps, size_t n_steps);

/* The channel as its base type. */
QIOChannel *scripted_base(ScriptedChannel *channel);

/* The reads and writes of a script that were not made. */
size_t scripted_steps_left(ScriptedChannel *channel);

/* Drops the channel, which nobody else may hold and whose script must be over. */
void scripted_channel_done(ScriptedChannel *channel);

#endif
