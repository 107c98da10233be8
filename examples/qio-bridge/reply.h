/*
 * qio-bridge: what web clients are answered.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_REPLY_H
#define QIO_BRIDGE_REPLY_H

#include "http.h"
#include "request.h"

/* Answers a request that is not for WebSocket; from then on it goes on by itself. */
void reply_to(Request *request, const HttpRequest *http);

/* Answers what could not be taken apart. */
void reply_refuse(Request *request, HttpStatus status);

#endif
