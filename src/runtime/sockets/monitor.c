/*
 * The monitor's hooks.
 *
 * The library defines neither function: a program that has a monitor does, and
 * in any other the weak references are NULL, which Rust cannot express.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdbool.h>
#include <stddef.h>

typedef struct Monitor Monitor;
typedef struct Error Error;

extern Monitor *monitor_cur(void) __attribute__((weak));
extern int monitor_get_fd(Monitor *monitor, const char *name, Error **errp)
    __attribute__((weak));

bool qiochannel_monitor_get_fd(const char *name, int *fd, Error **errp);

bool qiochannel_monitor_get_fd(const char *name, int *fd, Error **errp)
{
    Monitor *monitor = monitor_cur ? monitor_cur() : NULL;

    if (!monitor || !monitor_get_fd) {
        return false;
    }
    *fd = monitor_get_fd(monitor, name, errp);
    return true;
}
