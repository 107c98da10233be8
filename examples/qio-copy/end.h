/*
 * qio-copy: one end of a copy: a path, a descriptor, a command, a socket, TLS,
 * WebSocket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_COPY_END_H
#define QIO_COPY_END_H

#include "io/channel.h"
#include "tls.h"

/* One end of the copy. */
typedef struct {
    const char *spec; /* as on the command line */
    QIOChannel *ioc;
    bool is_command;
    bool is_source;
    int inherited;   /* descriptor that other processes may share, or -1 */
    int saved_flags; /* its status flags at the start */
    goffset size;    /* bytes to come, or -1 if nobody knows */
    char *hostname;  /* of the server that this end is connected to, or NULL */
    char *authority; /* the same as in a URL, with the port, or NULL */
} End;

/*
 * Opens the place that `spec` names. On failure end->ioc is NULL. Messages of
 * these functions do not name the end.
 */
bool end_open(End *end, const char *spec, bool reading, const TlsOptions *tls,
              Error **errp);

/* Reads like qio_channel_read(). */
ssize_t end_read(End *end, char *buffer, size_t size, Error **errp);

/* Empties a destination that was given as a path, unless it is the source. */
bool end_truncate(const End *destination, const End *source, Error **errp);

/*
 * Closes the end properly: only now is it known whether all went well. A peer that
 * can tell a cut from an end is to see the end only if everything was copied.
 */
bool end_close(End *end, bool is_complete, Error **errp);

/*
 * A write to the end failed with *error: replaces it by the reason behind it, if
 * that can be found out.
 */
void end_explain(End *end, Error **error);

/* Drops the channel; a command that still runs is ended. */
void end_drop(End *end);

#endif
