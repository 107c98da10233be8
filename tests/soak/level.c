/*
 * What a process holds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "level.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "../c/testing.h"

static size_t resident_size(void)
{
    g_autofree char *text = NULL;
    size_t pages = 0;

    if (g_file_get_contents("/proc/self/statm", &text, NULL, NULL)) {
        sscanf(text, "%*s %zu", &pages);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

Level level_now(void)
{
    malloc_trim(0);
    return (Level) {
        .heap = mallinfo2().uordblks + mallinfo2().hblkhd,
        .resident = resident_size(),
        /* Without the one that reads the directory. */
        .descriptors = testing_count_entries("/proc/self/fd") - 1,
        .threads = testing_count_entries("/proc/self/task"),
    };
}

Level level_peak(Level one, Level other)
{
    return (Level) {
        .heap = MAX(one.heap, other.heap),
        .resident = MAX(one.resident, other.resident),
        .descriptors = MAX(one.descriptors, other.descriptors),
        .threads = MAX(one.threads, other.threads),
    };
}
