/*
 * A shared library that uses errors, as a second one in the process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "error-library.h"

Error **library_error_abort(void)
{
    return &error_abort;
}

Error **library_error_fatal(void)
{
    return &error_fatal;
}

void library_fail(Error **errp)
{
    error_setg(errp, "failed");
}

void library_guarded_fail(Error **errp)
{
    ERRP_GUARD();

    library_fail(errp);
    error_prepend(errp, "library: ");
}
