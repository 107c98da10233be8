#include "qemu/osdep.h"

/*
 * Queues `function` from a constructor. Valid with and without a semicolon
 * behind it.
 */
#ifdef BUILD_DSO
#define module_init(function, type)                                          \
    static void __attribute__((constructor)) do_qemu_init_ ## function(void) \
    {                                                                        \
        register_dso_module_init(function, type);                            \
    }
#else
#define module_init(function, type)                                          \
    static void __attribute__((constructor)) do_qemu_init_ ## function(void) \
    {                                                                        \
        register_module_init(function, type);                                \
    }
#endif
