/*
 * qio-bridge: one connection of a web client.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_REQUEST_H
#define QIO_BRIDGE_REQUEST_H

#include "web.h"

#define REQUEST_BUFFER_SIZE (64 * 1024)

struct Web {
    int root; /* -1: no files */
    unsigned patience;
    WebProgress progress;
};

/*
 * A state machine on the default main context: the head of a request is read, the reply
 * written, and then the client gets time to read it. Each state is the function that the
 * channel's watch calls; one buffer holds what is on its way.
 */
typedef struct {
    Web *web;
    QIOChannel *transport;
    WebReady ready;
    void *opaque;

    GSource *watch;
    guint timer;
    char *buffer;
    size_t start, end; /* what it holds: [start, end) */

    char *served;     /* what the log is to say */
    QIOChannel *file; /* what follows the reply's head; NULL: nothing */
    guint64 left;     /* bytes to come from the file */
    bool is_moving;   /* something was sent since the timer looked */
} Request;

/* What to wait for; `function` is called until the next call of this one. */
void request_watch(Request *request, GIOCondition condition,
                   QIOChannelFunc function);

/*
 * What to do if the state is still the same later; 0 seconds: nothing. The function
 * sets request->timer to 0 if it ends the timer.
 */
void request_set_timer(Request *request, unsigned seconds, GSourceFunc function);

/* Tells what came of the connection and frees the request. Takes `channel`. */
void request_finish(Request *request, QIOChannel *channel, const char *served);

/*
 * Finishes a request whose client is gone, or was sent away, before it had got
 * everything. The caller returns the result from its watch or timer.
 */
gboolean request_give_up(Request *request, const char *reason);

/* The same; takes the error that is the reason. */
gboolean request_give_up_with(Request *request, Error *error);

#endif
