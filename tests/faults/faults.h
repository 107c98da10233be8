/*
 * System calls and allocations that fail when they are told to.
 *
 * libfaults takes the place of the C library's functions of the same name, for a
 * program that links it first or is started with it in LD_PRELOAD. It counts the calls
 * that come from libqiochannel (and, for some kinds of fault, from GLib), and lets one
 * of them, or one in so many, fail.
 *
 * A program that is not ours is told by the environment:
 *
 *   FAULTS_KIND    the name of a kind of fault
 *   FAULTS_NTH     which of the calls is to fail, or
 *   FAULTS_EVERY   of how many one is to, on average (but no open() or close())
 *   FAULTS_REPORT  a file of sizeof(FaultsReport) bytes to report to
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* What calls do, so that a kind of fault can say which it concerns. */
typedef enum FaultsGroup {
    FAULTS_INPUT = 1 << 0,
    FAULTS_OUTPUT = 1 << 1,
    FAULTS_ACCEPT = 1 << 2,
    FAULTS_CONNECT = 1 << 3,
    /* Opens something by its name. */
    FAULTS_OPEN = 1 << 4,
    /* Makes a descriptor otherwise. */
    FAULTS_CREATE = 1 << 5,
    FAULTS_CLOSE = 1 << 6,
    /* May sleep until something happens. */
    FAULTS_WAIT = 1 << 7,
    /* Adds something to a list in the kernel. */
    FAULTS_REGISTER = 1 << 8,
    FAULTS_MAP = 1 << 9,
    FAULTS_THREAD = 1 << 10,
    FAULTS_RESOLVE = 1 << 11,
    FAULTS_SPAWN = 1 << 12,
    /* Asks or sets something about a descriptor or a file. */
    FAULTS_OTHER = 1 << 13,
    FAULTS_ALLOCATE = 1 << 14,
    /* Descriptors that come with a message have no number to get. */
    FAULTS_RECEIVE = 1 << 15,
    /* Needs memory in the kernel for what it waits for. */
    FAULTS_POLL = 1 << 16,
} FaultsGroup;

/* A kind of fault. */
typedef struct FaultsKind {
    const char *name;
    unsigned groups;
    int error; /* an errno; 0: the transfer is short */
    /* Nothing is lost by it, and whoever copes is to succeed. */
    bool is_transparent;
    /* What GLib does on the library's behalf counts too. */
    bool includes_glib;
} FaultsKind;

/* Up to one without a name. */
extern const FaultsKind faults_kinds[];

/* What has happened; may be shared between processes. */
typedef struct FaultsReport {
    unsigned calls;    /* that were counted */
    unsigned fired;    /* that failed */
    char function[32]; /* the last one that did */
} FaultsReport;

/* Where to report to from now on. */
void faults_report_to(FaultsReport *report);

/* Lets the n-th call fail, counted from 1 and from now on. `with_glib`: also GLib's. */
void faults_arm(const FaultsKind *kind, unsigned nth, bool with_glib);

/* Lets nothing fail any more. */
void faults_disarm(void);

/*
 * For the functions that can fail.
 */

/* Whether calls from `caller` in that group are counted. */
bool faults_counts(unsigned group, const void *caller);

/* Whether this one, which is counted if it is such a call, is to fail. */
bool faults_hit(unsigned group, const char *function, const void *caller);

/* The errno of a fault while faults_counts() something; 0: a short transfer. */
int faults_error(void);

/*
 * Memory.
 */

/* Starts to follow all memory that is allocated from now on. */
void faults_follow_memory(void);

/* How many pieces of it there are. */
size_t faults_live_memory(void);

#endif
