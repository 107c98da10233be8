/*
 * qio-bridge: the files that web clients may have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_FILES_H
#define QIO_BRIDGE_FILES_H

#include "http.h"

/* A directory's descriptor that files_open() starts at; -1 with *errp set. */
int files_open_root(const char *directory, Error **errp);

/* A file to be sent. */
typedef struct {
    int fd; /* the caller closes it */
    guint64 size;
    gint64 modified; /* seconds */
    const char *type;
} WebFile;

/*
 * Opens what `path` means below `root`: a regular file, or the index of a directory.
 * Nothing that is not below `root` is opened, whatever `path` and symbolic links
 * say. HTTP_OK, or why there is no such file; HTTP_MOVED if the path is that of a
 * directory and lacks the slash at its end.
 */
HttpStatus files_open(int root, const char *path, WebFile *file);

#endif
