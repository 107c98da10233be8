/*
 * The C-variadic functions of the standalone runtime.
 *
 * Rust cannot define them on a stable compiler: each one formats with GLib and
 * calls a Rust function (qiochannel_*) that does the work.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/buffer.h"
#include "qemu/error-report.h"

/* The Rust side. Strings that are not const change owners. */

void qiochannel_error_set(Error **errp, const char *src, int line,
                          const char *func, ErrorClass err_class, int os_errno,
                          char *message);
void qiochannel_error_prepend(Error *const *errp, char *prefix);
void qiochannel_error_append_hint(Error *const *errp, char *text);
void qiochannel_report(unsigned level, char *message);
int qiochannel_print(char *text);
int qiochannel_open(const char *name, int flags, mode_t mode);

enum { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO };

/*
 * Errors. The set functions leave errno as it was: callers test it afterwards.
 * Without a destination nothing is formatted.
 */

static void G_GNUC_PRINTF(7, 0)
set_error(Error **errp, const char *src, int line, const char *func,
          ErrorClass err_class, int os_errno, const char *fmt, va_list ap)
{
    int saved_errno = errno;

    if (errp) {
        qiochannel_error_set(errp, src, line, func, err_class, os_errno,
                             g_strdup_vprintf(fmt, ap));
        errno = saved_errno;
    }
}

void error_setg_internal(Error **errp, const char *src, int line,
                         const char *func, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_error(errp, src, line, func, ERROR_CLASS_GENERIC_ERROR, 0, fmt, ap);
    va_end(ap);
}

void error_setg_errno_internal(Error **errp, const char *src, int line,
                               const char *func, int os_errno, const char *fmt,
                               ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_error(errp, src, line, func, ERROR_CLASS_GENERIC_ERROR, os_errno, fmt,
              ap);
    va_end(ap);
}

void error_set_internal(Error **errp, const char *src, int line,
                        const char *func, ErrorClass err_class, const char *fmt,
                        ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_error(errp, src, line, func, err_class, 0, fmt, ap);
    va_end(ap);
}

void error_vprepend(Error *const *errp, const char *fmt, va_list ap)
{
    int saved_errno = errno;

    if (errp) {
        qiochannel_error_prepend(errp, g_strdup_vprintf(fmt, ap));
        errno = saved_errno;
    }
}

void error_prepend(Error *const *errp, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(errp, fmt, ap);
    va_end(ap);
}

void error_propagate_prepend(Error **dst_errp, Error *err, const char *fmt, ...)
{
    va_list ap;

    if (dst_errp && !*dst_errp && err) {
        va_start(ap, fmt);
        error_vprepend(&err, fmt, ap);
        va_end(ap);
    }
    error_propagate(dst_errp, err);
}

void error_append_hint(Error *const *errp, const char *fmt, ...)
{
    int saved_errno = errno;
    va_list ap;

    if (errp) {
        va_start(ap, fmt);
        qiochannel_error_append_hint(errp, g_strdup_vprintf(fmt, ap));
        va_end(ap);
        errno = saved_errno;
    }
}

void error_reportf_err(Error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(&err, fmt, ap);
    va_end(ap);
    error_report_err(err);
}

void warn_reportf_err(Error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vprepend(&err, fmt, ap);
    va_end(ap);
    warn_report_err(err);
}

/* Reports. */

int error_vprintf(const char *fmt, va_list ap)
{
    return qiochannel_print(g_strdup_vprintf(fmt, ap));
}

int error_printf(const char *fmt, ...)
{
    va_list ap;
    int ret;

    va_start(ap, fmt);
    ret = error_vprintf(fmt, ap);
    va_end(ap);
    return ret;
}

void error_vreport(const char *fmt, va_list ap)
{
    qiochannel_report(LEVEL_ERROR, g_strdup_vprintf(fmt, ap));
}

void warn_vreport(const char *fmt, va_list ap)
{
    qiochannel_report(LEVEL_WARNING, g_strdup_vprintf(fmt, ap));
}

void info_vreport(const char *fmt, va_list ap)
{
    qiochannel_report(LEVEL_INFO, g_strdup_vprintf(fmt, ap));
}

void error_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    error_vreport(fmt, ap);
    va_end(ap);
}

void warn_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    warn_vreport(fmt, ap);
    va_end(ap);
}

void info_report(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    info_vreport(fmt, ap);
    va_end(ap);
}

bool error_report_once_cond(bool *printed, const char *fmt, ...)
{
    va_list ap;

    if (__atomic_exchange_n(printed, true, __ATOMIC_RELAXED)) {
        return false;
    }
    va_start(ap, fmt);
    error_vreport(fmt, ap);
    va_end(ap);
    return true;
}

bool warn_report_once_cond(bool *printed, const char *fmt, ...)
{
    va_list ap;

    if (__atomic_exchange_n(printed, true, __ATOMIC_RELAXED)) {
        return false;
    }
    va_start(ap, fmt);
    warn_vreport(fmt, ap);
    va_end(ap);
    return true;
}

/* Files and buffers. */

int qemu_open_old(const char *name, int flags, ...)
{
    mode_t mode = 0;
    va_list ap;

    if (flags & O_CREAT) {
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
    }
    return qiochannel_open(name, flags, mode);
}

void buffer_init(Buffer *buffer, const char *name, ...)
{
    va_list ap;

    va_start(ap, name);
    buffer->name = g_strdup_vprintf(name, ap);
    va_end(ap);
}
