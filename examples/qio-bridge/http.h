/*
 * qio-bridge: the text of HTTP requests and replies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_HTTP_H
#define QIO_BRIDGE_HTTP_H

#include "qemu/osdep.h"

/* The longest request head, its end included. */
#define HTTP_HEAD_MAX 8192

/* What a reply's first line says. */
typedef enum {
    HTTP_OK = 200,
    HTTP_MOVED = 301,
    HTTP_NOT_MODIFIED = 304,
    HTTP_BAD_REQUEST = 400,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    HTTP_NOT_ALLOWED = 405,
    HTTP_TIMEOUT = 408,
    HTTP_HEAD_TOO_LARGE = 431,
    HTTP_FAILED = 500,
} HttpStatus;

/* What came of looking at the start of a request. */
typedef enum {
    HTTP_INCOMPLETE,
    HTTP_COMPLETE,
    HTTP_MALFORMED,
} HttpScan;

/* A request head. */
typedef struct {
    char *method;
    char *target;      /* as the client sent it */
    char *rest;        /* what follows the target: the version, header lines, the end */
    char *since;       /* the value of If-Modified-Since, or NULL */
    bool is_websocket; /* the client wants to talk WebSocket */
} HttpRequest;

/* Looks for the end of the head; *size is its length if it is complete. */
HttpScan http_scan(const char *received, size_t length, size_t *size);

/* Takes a complete head apart; false if it is no request that makes sense. */
bool http_request_parse(HttpRequest *request, const char *head, size_t size);

/* Frees what is in the struct. */
void http_request_clear(HttpRequest *request);

/*
 * The path that a target means, without escapes and without the slashes before it; ""
 * is the root. NULL if the target makes no sense.
 */
char *http_path(const char *target);

/* The words that belong to a status. */
const char *http_reason(HttpStatus status);

/* A date as HTTP writes it, whatever the locale. */
char *http_date(gint64 seconds);

/* Appends a reply's head up to where more header lines can follow. */
void http_reply_begin(GString *reply, HttpStatus status);

#endif
