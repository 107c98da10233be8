/*
 * qio-copy: moving the bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_COPY_COPY_H
#define QIO_COPY_COPY_H

#include "end.h"

/* A copy in progress. */
typedef struct {
    End source;
    End destination;
    char *buffer;
    size_t start, end; /* read and not yet written: [start, end) of buffer */
    goffset copied;
    GChecksum *checksum; /* of what was written; NULL if nobody asked */
    bool shows_progress;
    TlsOptions tls;
    gint64 start_time;
    GMainLoop *loop;
    Error *error;
} Copy;

/*
 * Moves everything from the source to the destination and closes both; they are
 * open and non-blocking. False and an error that names the end at fault if not
 * all of the source has arrived.
 */
bool copy_run(Copy *copy, Error **errp);

#endif
