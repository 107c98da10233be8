/*
 * What a QEMU executable does about SIGPIPE before anything else, for the tests that
 * run in a host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <signal.h>

static void __attribute__((constructor)) ignore_sigpipe(void)
{
    signal(SIGPIPE, SIG_IGN);
}
