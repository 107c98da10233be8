/*
 * A monitor is what lets somebody talk to a running program. This library has
 * none: a program that has one defines these functions, and the library asks
 * monitor_cur() and monitor_get_fd() if they are defined.
 */
#include "qemu/main-loop.h"

G_BEGIN_DECLS

/** Returns the monitor whose command is being carried out; NULL if none is. */
Monitor *monitor_cur(void);

/** Sets the monitor for a coroutine, and returns the one before. */
Monitor *monitor_set_cur(Coroutine *co, Monitor *mon);

/**
 * Takes the descriptor that was given the name `fdname` from the monitor. Returns
 * -1 with `errp` set if there is none.
 */
int monitor_get_fd(Monitor *mon, const char *fdname, Error **errp);

/** Prints text to the monitor's user. Returns the bytes, or -1. */
int monitor_vprintf(Monitor *mon, const char *fmt, va_list ap)
    G_GNUC_PRINTF(2, 0);

G_END_DECLS
