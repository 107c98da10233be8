/*
 * Runs scenarios again and again, and lets another call fail each time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "qemu/osdep.h"

#include "qapi/error.h"

/*
 * How a run of a scenario ended: complete unless somebody has reported an error. What
 * must never happen (wrong data, data that is missing without an error) ends the
 * process with a message.
 */
typedef struct Outcome {
    GMutex lock;
    char *error; /* the first one */
} Outcome;

/* Notes an error, which it frees; NULL is none. */
void outcome_error(Outcome *outcome, Error *err);

/* Notes an error with a text. */
void outcome_failed(Outcome *outcome, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Whether no error was noted so far. */
bool outcome_is_good(Outcome *outcome);

/* The function that was made to fail last; empty if none was so far. */
const char *sweep_fault(void);

/* What is special about a scenario. */
typedef enum Traits {
    /* GLib's system calls count, as they are made for the library. */
    WITH_GLIB = 1 << 0,
    /* It uses blocking channels: "would block" is an error there. */
    BLOCKS = 1 << 1,
    /* Out of memory in the kernel ends the process with a message. */
    MAY_ABORT = 1 << 2,
    /* It can be done only once in a process. */
    ONCE = 1 << 3,
} Traits;

typedef struct Scenario {
    const char *name;
    void (*run)(Outcome *outcome);
    unsigned traits;
    /* Kinds of fault that are not for it, separated by spaces; or NULL. */
    const char *without;
} Scenario;

/* To be called first of all. */
void sweep_init(void);

/*
 * The main function of a program of scenarios, up to one without a name. One line of
 * TAP for each of them and each kind of fault. Arguments: --quick takes only some of
 * the calls if there are many; or a scenario, a kind and a number.
 */
int sweep_main(int argc, char **argv, const Scenario *scenarios);

#endif
