/*
 * A shared library that uses errors, as a second one in the process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef ERROR_LIBRARY_H
#define ERROR_LIBRARY_H

#include "qapi/error.h"

/* The addresses of the special destinations as this library sees them. */
Error **library_error_abort(void);
Error **library_error_fatal(void);

/* Sets an error. */
void library_fail(Error **errp);

/* Sets an error and prepends to it, with ERRP_GUARD(). */
void library_guarded_fail(Error **errp);

#endif
