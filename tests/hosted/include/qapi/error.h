/*
 * Test: what a class of channels needs of its host's qapi/error.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_ERROR_H
#define HOST_ERROR_H

const char *error_get_pretty(const Error *err);
void error_free(Error *err);
void error_setg_internal(Error **errp, const char *file, int line,
                         const char *function, const char *format, ...)
    G_GNUC_PRINTF(5, 6);

#define error_setg(errp, ...)                                                  \
    error_setg_internal(errp, __FILE__, __LINE__, __func__, __VA_ARGS__)

#endif
