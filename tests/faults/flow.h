/*
 * Bytes on their way from one channel to another, and a check of what arrives.
 *
 * Whatever fails, what has arrived is the beginning of what was sent; and everything,
 * unless an error was reported. If not, the process ends with a message.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef FLOW_H
#define FLOW_H

#include "sweep.h"

#include "io/channel.h"

typedef struct Flow Flow;

/* Ends the stream of a sender, all of whose bytes have arrived. */
typedef void (*FlowEnd)(Flow *flow, Error **errp);

struct Flow {
    Outcome *outcome;
    QIOChannel *from, *to;
    size_t size;
    FlowEnd end; /* NULL: the sender shuts down its direction */
    /* The end is an error for the receiver, which tells one end from another. */
    bool ends_in_error;
    size_t sent, received;
    bool is_sent, is_received;
};

/* How much the flows of scenarios carry. */
#define FLOW_SIZE 50000

/* The channels do not block: watches in the default context. */
void flow_by_watches(Flow *flow);

/* The channels block, and the sender has a thread. Uses vectors. */
void flow_by_threads(Flow *flow);

/* As before, all at once, which waits in the calls if the channels do not block. */
void flow_all_at_once(Flow *flow);

/* Coroutines in the main loop's context, or in another one. */
void flow_by_coroutines(Flow *flow, AioContext *ctx);

/* A piece of what flows sent, starting with the byte at `offset`. */
void flow_fill(char *data, size_t offset, size_t size);

/* Ends the process unless this is what flow_fill() says. */
void flow_check(const char *data, size_t offset, size_t size);

/* A pair of connected sockets as channels, or false with an error noted. */
bool flow_socket_pair(Outcome *outcome, QIOChannel *ends[2]);

/* Makes both block or not. */
bool flow_set_blocking(Outcome *outcome, QIOChannel *ends[2], bool blocking);

/* Drops both, which may be NULL. */
void flow_drop(QIOChannel *ends[2]);

#endif
