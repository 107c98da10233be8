/*
 * The library's types are there when main() starts, without a call of the library or
 * of module_call_init(), however the library is linked; with an argument, once the
 * library of that name is loaded.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qom/object.h"

#include <dlfcn.h>

/* The first is abstract, and the parent of all but the last two. */
static const char *const types[] = {
    "qio-channel",      "qio-channel-buffer", "qio-channel-command",
    "qio-channel-file", "qio-channel-null",   "qio-channel-socket",
    "qio-channel-tls",  "qio-channel-websock",
    "qio-dns-resolver", "qio-net-listener",
};

#ifdef NAME_A_FUNCTION
/* Linkers leave out a library that nothing is needed of. */
extern void qio_channel_read(void);
void (*volatile const a_function)(void) = qio_channel_read;
#endif

int main(int argc, char **argv)
{
    if (argc > 1) {
        g_assert_null(object_class_by_name(types[0]));
        g_assert_nonnull(dlopen(argv[1], RTLD_NOW | RTLD_LOCAL));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        ObjectClass *klass = object_class_by_name(types[i]);

        g_assert_nonnull(klass);
        g_assert_cmpint(object_class_is_abstract(klass), ==, i == 0);
        g_assert_cmpint(object_class_dynamic_cast(klass, types[0]) != NULL, ==,
                        i < G_N_ELEMENTS(types) - 2);
        if (i > 0) {
            object_unref(object_new(types[i]));
        }
    }
    return 0;
}
