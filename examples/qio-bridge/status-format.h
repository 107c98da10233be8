/*
 * qio-bridge: what both sides of the control socket know.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_STATUS_FORMAT_H
#define QIO_BRIDGE_STATUS_FORMAT_H

#define STATUS_FIRST_LINE "qio-bridge-status 1"
#define STATUS_LAST_LINE "end"

/* What a line between them consists of, with tabs. */
enum {
    STATUS_ID,
    STATUS_PEER,
    STATUS_LISTENER,
    STATUS_STATE,
    STATUS_RECEIVED,
    STATUS_SENT,
    STATUS_AGE,
    STATUS_FIELDS,
};

#endif
