/*
 * qio-bridge: lines for the administrator, on standard error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_LOG_H
#define QIO_BRIDGE_LOG_H

/* Leaves out everything but problems from now on. */
void log_be_quiet(void);

/*
 * One line. What is in it may come from a peer: control characters are written as
 * escapes.
 */
void log_info(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_problem(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
