G_BEGIN_DECLS

/* Whether reports start with the time (ISO 8601, UTC). */
extern bool message_with_timestamp;

/* Whether reports start with the guest's name, and the name (or NULL). */
extern bool error_with_guestname;
extern const char *error_guest_name;

/**
 * Prints text for the user as it is, on stderr. In a program that uses GLib's
 * test framework, with the environment variable QTEST_SILENT_ERRORS, the text goes
 * to the test's log.
 *
 * @param fmt the text, as for printf(), and what goes into it
 *
 * @return the number of bytes.
 */
int error_printf(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/**
 * As error_printf(), with the arguments in `ap`.
 *
 * @param fmt the text, as for vprintf()
 * @param ap what goes into it
 *
 * @return the number of bytes.
 */
int error_vprintf(const char *fmt, va_list ap) G_GNUC_PRINTF(1, 0);

/**
 * Prints one line for the user: the program's name, the current location of the
 * input, and the message, which has no newline. The line is written at once.
 *
 * @param fmt the message, as for printf(), and what goes into it
 */
void error_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/**
 * As error_report(), marked as a warning.
 *
 * @param fmt the message, as for printf(), and what goes into it
 */
void warn_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/**
 * As error_report(), marked as an information.
 *
 * @param fmt the message, as for printf(), and what goes into it
 */
void info_report(const char *fmt, ...) G_GNUC_PRINTF(1, 2);

/**
 * As error_report(), with the arguments in `ap`.
 *
 * @param fmt the message, as for vprintf()
 * @param ap what goes into it
 */
void error_vreport(const char *fmt, va_list ap) G_GNUC_PRINTF(1, 0);

/**
 * As warn_report(), with the arguments in `ap`.
 *
 * @param fmt the message, as for vprintf()
 * @param ap what goes into it
 */
void warn_vreport(const char *fmt, va_list ap) G_GNUC_PRINTF(1, 0);

/**
 * As info_report(), with the arguments in `ap`.
 *
 * @param fmt the message, as for vprintf()
 * @param ap what goes into it
 */
void info_vreport(const char *fmt, va_list ap) G_GNUC_PRINTF(1, 0);

/**
 * As error_report() if `*printed` is false, and sets it.
 *
 * @param printed whether it was printed before
 * @param fmt the message, as for printf(), and what goes into it
 *
 * @return whether it was printed now.
 */
bool error_report_once_cond(bool *printed, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);

/**
 * The same for warn_report().
 *
 * @param printed whether it was printed before
 * @param fmt the message, as for printf(), and what goes into it
 *
 * @return whether it was printed now.
 */
bool warn_report_once_cond(bool *printed, const char *fmt, ...)
    G_GNUC_PRINTF(2, 3);

G_END_DECLS

/** As error_report(), but only the first time that this line is reached. */
#define error_report_once(...) \
    ({ static bool print_once_; \
       error_report_once_cond(&print_once_, __VA_ARGS__); })

/** As warn_report(), but only the first time that this line is reached. */
#define warn_report_once(...) \
    ({ static bool print_once_; \
       warn_report_once_cond(&print_once_, __VA_ARGS__); })
