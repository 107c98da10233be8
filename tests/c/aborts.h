/*
 * Rules whose breach ends the process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef ABORTS_H
#define ABORTS_H

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Ends a process that got SIGABRT, so that its parent can tell. */
static inline void exit_aborted(int signal)
{
    (void)signal;
    _exit(86);
}

/*
 * To be the first statement of a test: a child process goes on with the rest,
 * which must abort and say `pattern` on standard error.
 */
#define ABORTS_SAYING(pattern) \
    if (!g_test_subprocess()) { \
        g_test_trap_subprocess(NULL, 0, 0); \
        g_test_trap_assert_failed(); \
        g_test_trap_assert_stdout("*aborting*"); \
        g_test_trap_assert_stderr("*" pattern "*"); \
        g_test_trap_assert_stdout_unmatched("*still alive*"); \
        return; \
    } \
    aborts_begin();

static inline void aborts_end(void)
{
    g_print("still alive\n");
}

static inline void aborts_begin(void)
{
    struct rlimit none = { 0, 0 };

    /* Aborting is the purpose: no core file. */
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGABRT, exit_aborted);
    atexit(aborts_end);
    g_print("aborting\n");
}

#endif
