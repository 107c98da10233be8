#include "qapi/qapi-types-error.h"

/*
 * Errors on their way to a caller.
 *
 * A function that can fail takes a last parameter `Error **errp`, which is one of
 *
 * - NULL: the caller does not want to know;
 * - the address of a variable that holds NULL: a failure stores an error there,
 *   which the caller frees, reports or passes on;
 * - `&error_abort`: a failure is a bug; it is printed and the process aborts;
 * - `&error_fatal`: a failure is printed and the process exits with status 1.
 *
 * A message is one phrase without newline or full stop. An error may be used and
 * freed on any thread.
 */
