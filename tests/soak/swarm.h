/*
 * Many connections of the soak test, in one process: opened, counted, judged.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SOAK_SWARM_H
#define SOAK_SWARM_H

#include "connection.h"

/* What has come of the connections over one stack. */
typedef struct {
    guint64 opened;
    guint64 ended[FATE_COUNT];
    /* Bytes of the orderly ones. */
    guint64 sent;
    guint64 received;
    /* Bytes that came over the others before their end. */
    guint64 cut;
    guint64 faults;
} Totals;

/* Starts to listen, on every stack. `tls_dir` has credentials for both roles. */
void swarm_init(GRand *random, const char *tls_dir);

/* Keeps so many connections open until told otherwise; 0 lets all end. */
void swarm_hold(unsigned connections);

/* The ends and attempts that are not over. */
unsigned swarm_live(void);

/* Is nothing live? Then all are counted. */
bool swarm_is_drained(void);

/* Those of one stack so far. */
const Totals *swarm_totals(Stack stack);

/* Stops listening and drops everything. Nothing is live. */
void swarm_finish(void);

#endif
