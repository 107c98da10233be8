#include "qemu/coroutine.h"

/*
 * For code that wants `struct Coroutine` to be complete. Its size and its members
 * mean nothing: coroutines come from qemu_coroutine_create() only.
 */
struct Coroutine {
    CoroutineEntry *entry;
    void *entry_arg;
    Coroutine *caller;
    QSLIST_ENTRY(Coroutine) pool_next;
};
