/*
 * qio-bridge: one side of a connection, with the layers around its socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_LINK_H
#define QIO_BRIDGE_LINK_H

#include "io/channel-socket.h"

typedef struct {
    QIOChannel *ioc;          /* the outermost layer; NULL while there is no socket */
    QIOChannelSocket *socket; /* what everything ends up in */
    bool has_tls;
    bool has_frames;
    /* Private. */
    bool is_output_over;
    bool is_flushed;
    bool is_complete;
    QIOChannelSocket *lingering;
    guint watch;
    guint timer;
    void (*on_closed)(void *opaque);
    void *opaque;
} Link;

/* Takes the reference to a connected socket, which becomes non-blocking. */
bool link_start(Link *link, QIOChannelSocket *socket, Error **errp);

/* Puts a layer, or a channel below one, around what there is; takes the reference. */
void link_add_layer(Link *link, QIOChannel *layer);

/*
 * Tells the peer that nothing more comes, while it may still send. Not for WebSocket,
 * which has no such thing.
 */
void link_end_output(Link *link);

/*
 * Closes the link, and calls `on_closed` later, when that is over: what was written is
 * sent first, however long the peer takes, which then gets some seconds to close its
 * side. If it `is_complete`, the peer of TLS or WebSocket is told so; otherwise it is to
 * notice that it is not.
 */
void link_close(Link *link, bool is_complete, void (*on_closed)(void *opaque),
                void *opaque);

/* Closes the link at once, if it is open; a link_close() is over without a call. */
void link_drop(Link *link);

#endif
