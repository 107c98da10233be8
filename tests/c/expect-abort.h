/*
 * Tests of what ends the process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EXPECT_ABORT_H
#define EXPECT_ABORT_H

#include <glib.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Prepares the child: its reports start with "prog", and it leaves no core. */
static inline void expect_abort_in_child(void)
{
    struct rlimit no_core = { 0, 0 };

    setrlimit(RLIMIT_CORE, &no_core);
    g_set_prgname("prog");
}

/*
 * Runs the statement in a child process of the test, which must fail there; all
 * that the child writes to stderr must match the pattern.
 */
#define EXPECT_ABORT(statement, pattern) do { \
    if (g_test_subprocess()) { \
        expect_abort_in_child(); \
        statement; \
        exit(0); \
    } \
    g_test_trap_subprocess(NULL, 0, 0); \
    g_assert_false(g_test_trap_has_passed()); \
    g_test_trap_assert_stderr(pattern); \
} while (0)

#endif
