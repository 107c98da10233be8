/*
 * How a call of the library reports a failure.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef FAILURES_H
#define FAILURES_H

#include "qemu/osdep.h"
#include "qapi/error.h"

/*
 * A call failed: it returned -1, set `*errp` to an Error with a message, and
 * left the cause in errno (0 for a cause without an errno). Frees the Error.
 */
static inline void assert_failed(ssize_t result, Error **errp, int cause)
{
    int saved = errno;

    g_assert_cmpint(result, ==, -1);
    g_assert_nonnull(*errp);
    g_assert_cmpstr(error_get_pretty(*errp), !=, "");
    g_assert_cmpint(error_get_class(*errp), ==, ERROR_CLASS_GENERIC_ERROR);
    if (cause) {
        g_assert_cmpint(saved, ==, cause);
        g_assert_true(g_str_has_suffix(error_get_pretty(*errp),
                                       g_strerror(cause)));
    }
    error_free(*errp);
    *errp = NULL;
}

/* A call would have blocked: no Error, and errno says so. */
static inline void assert_would_block(ssize_t result, Error *err)
{
    int saved = errno;

    g_assert_cmpint(result, ==, -2);
    g_assert_null(err);
    g_assert_cmpint(saved, ==, EAGAIN);
}

#endif
