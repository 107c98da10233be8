/*
 * System calls that fail when they are told to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRANSFER (FAULTS_INPUT | FAULTS_OUTPUT)
#define SLOW (TRANSFER | FAULTS_ACCEPT | FAULTS_CONNECT | FAULTS_OPEN | FAULTS_CLOSE | \
              FAULTS_WAIT | FAULTS_POLL)
#define GREEDY (TRANSFER | FAULTS_ACCEPT | FAULTS_CONNECT | FAULTS_OPEN | FAULTS_CREATE | \
                FAULTS_POLL | FAULTS_REGISTER | FAULTS_MAP | FAULTS_THREAD | FAULTS_RESOLVE | \
                FAULTS_SPAWN)
#define NUMBERED (FAULTS_ACCEPT | FAULTS_OPEN | FAULTS_CREATE | FAULTS_RECEIVE)
#define ANYTHING (TRANSFER | FAULTS_ACCEPT | FAULTS_CONNECT | FAULTS_OPEN | FAULTS_CREATE | \
                  FAULTS_CLOSE | FAULTS_RESOLVE | FAULTS_OTHER)
/* What GLib does for the library; the rest is between GLib's own parts. */
#define FOR_OTHERS (FAULTS_CREATE | FAULTS_SPAWN | FAULTS_POLL | FAULTS_ALLOCATE)

const FaultsKind faults_kinds[] = {
    { "EINTR", SLOW, EINTR, .is_transparent = true },
    { "EAGAIN", TRANSFER | FAULTS_ACCEPT, EAGAIN, .is_transparent = true },
    { "short", TRANSFER, 0, .is_transparent = true },
    { "ENOMEM", GREEDY, ENOMEM },
    { "EMFILE", NUMBERED, EMFILE },
    { "ECONNRESET", TRANSFER | FAULTS_ACCEPT | FAULTS_CONNECT, ECONNRESET },
    { "EPIPE", FAULTS_OUTPUT, EPIPE },
    { "EIO", ANYTHING, EIO },
    { "malloc", FAULTS_ALLOCATE, ENOMEM, .includes_glib = true },
    { 0 },
};

/* Where the code of a library is. */
typedef struct Range {
    uintptr_t start, end;
} Range;

static Range library, glib;

static struct {
    unsigned groups; /* 0: nothing is to fail */
    const FaultsKind *kind;
    unsigned nth, every;
    bool with_glib;
} plan;

static FaultsReport own_report;
static FaultsReport *report = &own_report;

static int note_range(struct dl_phdr_info *info, size_t size, void *opaque)
{
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *name = slash ? slash + 1 : info->dlpi_name;
    Range *range = strncmp(name, "libqiochannel.so", 16) == 0 ? &library :
                   strncmp(name, "libglib-2.0.so", 14) == 0 ? &glib : NULL;

    for (int i = 0; range && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];

        if (header->p_type == PT_LOAD && header->p_flags & PF_X) {
            range->start = info->dlpi_addr + header->p_vaddr;
            range->end = range->start + header->p_memsz;
        }
    }
    return 0;
}

static bool is_in(const Range *range, const void *code)
{
    return (uintptr_t)code >= range->start && (uintptr_t)code < range->end;
}

static unsigned number_from(const char *variable)
{
    const char *text = getenv(variable);

    return text ? strtoul(text, NULL, 10) : 0;
}

static void open_report(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *memory = mmap(NULL, sizeof(FaultsReport), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (memory == MAP_FAILED) {
        abort();
    }
    close(fd);
    report = memory;
}

static const FaultsKind *kind_named(const char *name)
{
    for (const FaultsKind *kind = faults_kinds; kind->name; kind++) {
        if (strcmp(kind->name, name) == 0) {
            return kind;
        }
    }
    abort();
}

static void make_plan(const FaultsKind *kind, unsigned nth, bool with_glib)
{
    unsigned groups = kind->groups;

    if (plan.every) {
        /* Whose callers are told, see sweep.c. */
        groups &= ~(FAULTS_OPEN | FAULTS_CLOSE);
    }
    plan.kind = kind;
    plan.nth = nth;
    plan.with_glib = with_glib;
    __atomic_store_n(&plan.groups, groups, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void read_environment(void)
{
    const char *name = getenv("FAULTS_KIND");
    const char *path = getenv("FAULTS_REPORT");

    dl_iterate_phdr(note_range, NULL);
    if (!library.end) {
        /* A command that such a program runs. */
        return;
    }
    if (path) {
        open_report(path);
    }
    if (name) {
        const FaultsKind *kind = kind_named(name);

        plan.every = number_from("FAULTS_EVERY");
        make_plan(kind, number_from("FAULTS_NTH"), kind->includes_glib);
    }
}

void faults_report_to(FaultsReport *other)
{
    report = other;
}

void faults_arm(const FaultsKind *kind, unsigned nth, bool with_glib)
{
    report->calls = report->fired = 0;
    make_plan(kind, nth, with_glib || kind->includes_glib);
}

void faults_disarm(void)
{
    __atomic_store_n(&plan.groups, 0, __ATOMIC_RELEASE);
}

/* A bare write of the name: whoever asks may be malloc() itself. */
static void note_function(const char *function)
{
    size_t i = 0;

    for (; function[i] && i < sizeof(report->function) - 1; i++) {
        report->function[i] = function[i];
    }
    report->function[i] = 0;
}

bool faults_counts(unsigned group, const void *caller)
{
    bool is_glibs_business = plan.with_glib && group & FOR_OTHERS;

    return __atomic_load_n(&plan.groups, __ATOMIC_ACQUIRE) & group &&
           (is_in(&library, caller) || (is_glibs_business && is_in(&glib, caller)));
}

/*
 * One in so many, without a period: else a loop that makes as many calls would have the
 * same one fail for ever.
 */
static bool is_drawn(unsigned number)
{
    return (number * 2654435761u >> 16) % plan.every == 0;
}

bool faults_hit(unsigned group, const char *function, const void *caller)
{
    unsigned number;

    if (!faults_counts(group, caller)) {
        return false;
    }
    number = __atomic_add_fetch(&report->calls, 1, __ATOMIC_RELAXED);
    if (plan.every ? !is_drawn(number) : number != plan.nth) {
        return false;
    }
    __atomic_add_fetch(&report->fired, 1, __ATOMIC_RELAXED);
    note_function(function);
    return true;
}

int faults_error(void)
{
    return plan.kind->error;
}
