/*
 * Tests that need a process of their own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef FRESH_PROCESS_H
#define FRESH_PROCESS_H

#include <glib.h>
#include <unistd.h>

/* To be the first statement of a test: a child process does the rest. */
#define IN_A_FRESH_PROCESS() \
    if (!g_test_subprocess()) { \
        g_test_trap_subprocess(NULL, 0, 0); \
        g_test_trap_assert_passed(); \
        return; \
    }

/* The main loop's descriptors stay open: nobody is to look for them. */
#define END_OF_PROCESS() _exit(0)

#endif
