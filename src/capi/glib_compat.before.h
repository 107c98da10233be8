#include <glib.h>
#include <glib-unix.h>
#include <pwd.h>
#include <string.h>

#ifndef G_NORETURN
#define G_NORETURN __attribute__((noreturn))
#endif

#if !GLIB_CHECK_VERSION(2, 68, 0)
/* As g_memdup(), with a size that cannot be cut off. */
static inline gpointer qemu_g_memdup2(gconstpointer mem, gsize byte_size)
{
    gpointer copy = NULL;

    if (mem && byte_size) {
        copy = g_malloc(byte_size);
        memcpy(copy, mem, byte_size);
    }
    return copy;
}
#define g_memdup2(mem, size) qemu_g_memdup2(mem, size)
#endif
