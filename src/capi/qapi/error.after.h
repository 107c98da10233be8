G_BEGIN_DECLS

/* Special destinations. Only their addresses matter; both always hold NULL. */
extern Error *error_abort;
extern Error *error_fatal;

/**
 * Stores a new error with a message as from printf(). Does nothing if `errp` is
 * NULL; aborts if `*errp` holds an error already. `errno` stays as it is.
 */
#define error_setg(errp, ...) \
    error_setg_internal((errp), __FILE__, __LINE__, __func__, __VA_ARGS__)

/**
 * As error_setg(), with ": " and the text of the error number `os_error` after
 * the message, unless that is 0.
 */
#define error_setg_errno(errp, os_error, ...) \
    error_setg_errno_internal((errp), __FILE__, __LINE__, __func__, \
                              (os_error), __VA_ARGS__)

/** As error_setg_errno(), for a file that could not be opened. */
#define error_setg_file_open(errp, os_errno, filename) \
    error_setg_file_open_internal((errp), __FILE__, __LINE__, __func__, \
                                  (os_errno), (filename))

/** As error_setg(), for an error of the class `err_class`. */
#define error_set(errp, err_class, ...) \
    error_set_internal((errp), __FILE__, __LINE__, __func__, (err_class), \
                       __VA_ARGS__)

/**
 * What error_setg() calls.
 *
 * @param errp (nullable): where the error is wanted
 * @param src the calling file
 * @param line the calling line
 * @param func the calling function
 * @param fmt the message, as for printf(), and what goes into it
 */
void error_setg_internal(Error **errp, const char *src, int line,
                         const char *func, const char *fmt, ...)
    G_GNUC_PRINTF(5, 6);

/**
 * What error_setg_errno() calls.
 *
 * @param errp (nullable): where the error is wanted
 * @param src the calling file
 * @param line the calling line
 * @param func the calling function
 * @param os_errno the error number, or 0
 * @param fmt the message, as for printf(), and what goes into it
 */
void error_setg_errno_internal(Error **errp, const char *src, int line,
                               const char *func, int os_errno, const char *fmt,
                               ...) G_GNUC_PRINTF(6, 7);

/**
 * What error_set() calls.
 *
 * @param errp (nullable): where the error is wanted
 * @param src the calling file
 * @param line the calling line
 * @param func the calling function
 * @param err_class the class
 * @param fmt the message, as for printf(), and what goes into it
 */
void error_set_internal(Error **errp, const char *src, int line,
                        const char *func, ErrorClass err_class, const char *fmt,
                        ...) G_GNUC_PRINTF(6, 7);

/**
 * Puts text before the message of `err`, unless nobody wants the error, and
 * passes it on as error_propagate() does. A NULL `err` does nothing.
 *
 * @param dst_errp (nullable): where the caller wants the error
 * @param err (transfer full) (nullable): the error
 * @param fmt the text, as for printf(), and what goes into it
 */
void error_propagate_prepend(Error **dst_errp, Error *err, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);

/**
 * As error_prepend(), with the arguments in `ap`.
 *
 * @param errp (nullable): where the error is
 * @param fmt the text, as for vprintf()
 * @param ap what goes into it
 */
void error_vprepend(Error *const *errp, const char *fmt, va_list ap)
    G_GNUC_PRINTF(2, 0);

/**
 * Puts text before the message of the error that `*errp` must hold. Does nothing
 * if `errp` is NULL.
 *
 * @param errp (nullable): where the error is
 * @param fmt the text, as for printf(), and what goes into it
 */
void error_prepend(Error *const *errp, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);

/**
 * Adds text for the user, with its newlines, to the hint of the error that
 * `*errp` must hold. Does nothing if `errp` is NULL. `errp` cannot be one of the
 * special destinations: use ERRP_GUARD(). `errno` stays as it is.
 *
 * @param errp (nullable): where the error is
 * @param fmt the text, as for printf(), and what goes into it
 */
void error_append_hint(Error *const *errp, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);

/**
 * Puts text before the message and does error_report_err().
 *
 * @param err (transfer full): the error
 * @param fmt the text, as for printf(), and what goes into it
 */
void error_reportf_err(Error *err, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/**
 * Puts text before the message and does warn_report_err().
 *
 * @param err (transfer full): the error
 * @param fmt the text, as for printf(), and what goes into it
 */
void warn_reportf_err(Error *err, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/** What leaving the scope of ERRP_GUARD() calls. */
static inline void error_propagator_cleanup(ErrorPropagator *prop)
{
    error_propagate(prop->errp, prop->local_err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ErrorPropagator, error_propagator_cleanup)

G_END_DECLS

/**
 * To be the first statement of a function with a parameter `Error **errp`: the
 * function may then use `*errp`, error_prepend() and error_append_hint() whatever
 * its caller passed. On return the error goes where the caller wanted it.
 */
#define ERRP_GUARD() \
    g_auto(ErrorPropagator) _auto_errp_prop = { NULL, errp }; \
    do { \
        if (!errp || errp == &error_fatal) { \
            errp = &_auto_errp_prop.local_err; \
        } \
    } while (0)
