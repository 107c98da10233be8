/*
 * How much work a test does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* Whether valgrind runs the program. */
static inline int is_under_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");

    return preload && strstr(preload, "vgpreload");
}

/* Whether ThreadSanitizer watches: it follows some 8000 threads and coroutines. */
static inline int is_under_thread_sanitizer(void)
{
#ifdef __SANITIZE_THREAD__
    return 1;
#else
    return 0;
#endif
}

/* Whether a sanitizer's runtime is in the program, with memory of its own. */
static inline int is_under_sanitizer(void)
{
#ifdef __SANITIZE_ADDRESS__
    return 1;
#else
    return is_under_thread_sanitizer();
#endif
}

/* For setitimer(): so often that calls are interrupted, and that there is time between. */
static inline struct itimerval signal_storm(void)
{
    struct timeval interval = { 0, is_under_valgrind() ? 5000 : 500 };

    return (struct itimerval) { interval, interval };
}

/* So many rounds usually, and fewer if somebody watches each of them. */
static inline int rounds(int usual)
{
    int few = usual / 100;

    if (!is_under_valgrind() && !is_under_thread_sanitizer()) {
        return usual;
    }
    return few < 10 ? 10 : few;
}

#endif
