/*
 * How much work a test does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdlib.h>
#include <string.h>

/* Whether valgrind runs the program. */
static inline int is_under_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");

    return preload && strstr(preload, "vgpreload");
}

/* So many rounds usually, and fewer under valgrind. */
static inline int rounds(int usual)
{
    int few = usual / 100;

    return !is_under_valgrind() ? usual : few < 10 ? 10 : few;
}

#endif
