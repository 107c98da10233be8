/*
 * qio-bridge: moving the bytes, both ways.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_PUMP_H
#define QIO_BRIDGE_PUMP_H

#include "link.h"

typedef struct Pump Pump;

/* One direction. */
typedef struct {
    Pump *pump;
    Link *from, *to;
    guint64 *count; /* of the bytes that `to` has taken */
    /*
     * Read and not taken: [start, end) of `pending`, which is NULL if there is
     * nothing; then, and only then, `from` is read.
     */
    char *pending;
    size_t start, end;
    guint watch;
    bool is_over;
    bool is_winding_up; /* `from` is not read any more */
    bool is_complete; /* `from` has ended properly, and `to` has taken everything */
} Flow;

struct Pump {
    Flow to_target;
    Flow to_client;
    gint64 last_activity; /* monotonic time */
    char *reason;         /* why it ended; NULL while it goes on */
    guint end_source;
    void (*on_end)(void *opaque);
    void *opaque;
};

/*
 * Starts to move bytes between two open links until both directions have ended, or
 * nothing can follow. `on_end` is called then, from the main loop. Each direction
 * keeps 64 KiB at most, and nothing while its destination keeps up.
 */
void pump_start(Pump *pump, Link *client, guint64 *to_client, Link *target,
                guint64 *to_target, void (*on_end)(void *opaque), void *opaque);

/* Stops a pump that was started, and frees what it holds. May be repeated. */
void pump_stop(Pump *pump);

#endif
