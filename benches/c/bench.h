/*
 * Measuring: our cost against a reference's, in one process, taking turns.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BENCH_H
#define BENCH_H

#include "qemu/osdep.h"

/* Does something `count` times. */
typedef void BenchStep(void *state, unsigned count);

/* One of the two that are compared. Only `run` is timed. */
typedef struct BenchSide {
    /* Makes the next `run` possible; optional. */
    BenchStep *prepare;
    BenchStep *run;
    /* Clears up after `run`; optional. */
    BenchStep *clean;
} BenchSide;

typedef struct BenchRow {
    /* Which table it belongs to; NULL: "cost". */
    const char *section;
    const char *name;
    /* What ours / reference may be; 0: no target. */
    double target;
    BenchSide ours;
    BenchSide reference;
    /*
     * Makes the state what the side needs; optional. With it, the sides take turns once
     * in a round, not from run to run.
     */
    void (*change)(void *state, bool ours);
    void *state;
    /* How often one timed run does its thing; 0: as often as takes 50 microseconds. */
    unsigned count;
} BenchRow;

/* Measures the row and reports it, in nanoseconds for each time. */
void bench_compare(const BenchRow *row);

/*
 * Reports a number that was found in another way. A reference of 0 is none: then
 * the target is for `ours` itself.
 */
void bench_report(const char *section, const char *name, const char *unit,
                  double ours, double reference, double target);

/* Whether the row is to be measured: its name has what the user asked for in it. */
bool bench_wanted(const char *name);

/* Whether rows whose names start so may be wanted. */
bool bench_group_wanted(const char *start);

/* Ends the program with the text unless the condition holds. */
#define bench_require(condition) \
    do { \
        if (!(condition)) { \
            g_error("%s:%d: failed: %s (%s)", __FILE__, __LINE__, #condition, \
                    g_strerror(errno)); \
        } \
    } while (0)

/* Bytes of heap that are in use in the process. */
size_t bench_heap(void);

/* Bytes of memory that are in the process. */
size_t bench_resident(void);

/* The groups of rows, each in a file of its own. */
void bench_sockets(void);
void bench_channels(void);
void bench_watches(void);
void bench_coroutines(void);
void bench_tasks(void);
void bench_tls(void);
void bench_websock(void);
void bench_memory(void);
void bench_growth(void);

#endif
