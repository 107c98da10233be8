/*
 * What both ends of a connection of the soak test know of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SOAK_CONNECTION_H
#define SOAK_CONNECTION_H

#include "qemu/osdep.h"

#include <glib.h>

/* What is between the program and the socket. */
typedef enum { STACK_TCP, STACK_TLS, STACK_WS, STACK_WSS, STACK_COUNT } Stack;

/* How a connection is to end. */
typedef enum {
    /* Both streams are whole, then the client closes. */
    FATE_ORDERLY,
    /* Either end resets it (RST) at some byte. */
    FATE_RESET,
    /* Either end shuts it down at some byte. */
    FATE_SHUTDOWN,
    /* Either end drops its last reference at some byte, without closing. */
    FATE_DROPPED,
    /* The client or the server goes away before the handshake has ended. */
    FATE_REFUSED,
    FATE_COUNT
} Fate;

typedef enum { CLIENT, SERVER } Role;

/* One direction. Its bytes are those of the pattern from `start` on. */
typedef struct {
    size_t start;
    size_t length;
    size_t sent;
    size_t received;
} Stream;

typedef struct {
    guint64 id;
    Stack stack;
    Fate fate;
    /* Who ends it early, after sending so many bytes. */
    Role breaker;
    size_t break_at;
    /* By the role that sends. */
    Stream stream[2];
    /* Which ends know of it and are not over. */
    bool is_open[2];
    /* What went wrong, or NULL. */
    char *fault;
} Connection;

#endif
