/*
 * What every C file that uses the framework includes first: the system headers
 * it may rely on, GLib, and small helpers.
 */

#if defined(NDEBUG) || defined(G_DISABLE_ASSERT)
#error "assertions must be enabled: do not define NDEBUG or G_DISABLE_ASSERT"
#endif

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#ifndef CONFIG_POSIX
#define CONFIG_POSIX 1
#endif
#ifndef CONFIG_LINUX
#define CONFIG_LINUX 1
#endif
#ifndef CONFIG_COROUTINE_POOL
#define CONFIG_COROUTINE_POOL 0
#endif

#include "qemu/compiler.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>
#include <time.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <assert.h>
#include <setjmp.h>
#include <signal.h>

#include "glib-compat.h"
#include "sysemu/os-posix.h"
#include "qemu/typedefs.h"

#ifndef O_BINARY
#define O_BINARY 0
#endif
#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

/* Repeats a system call until it ends in something else than EINTR. */
#define TFR(expr) do { if ((expr) != -1) break; } while (errno == EINTR)

/*
 * The smaller and the greater of two values, each evaluated once. The _CONST
 * ones can stand where a constant is needed.
 */
#define qemu_pick__(op, a, b, x, y) \
    ({ __typeof__(1 ? (a) : (b)) x = (a), y = (b); x op y ? x : y; })
#define qemu_pick_(op, a, b, n) \
    qemu_pick__(op, a, b, glue(qemu_x_, n), glue(qemu_y_, n))
#undef MIN
#define MIN(a, b) qemu_pick_(<, a, b, __COUNTER__)
#undef MAX
#define MAX(a, b) qemu_pick_(>, a, b, __COUNTER__)
#define MIN_CONST(a, b) ((a) < (b) ? (a) : (b))
#define MAX_CONST(a, b) ((a) > (b) ? (a) : (b))

/* The smaller one of those that are not 0. */
#define qemu_min_non_zero__(a, b, x, y) \
    ({ __typeof__(1 ? (a) : (b)) x = (a), y = (b); \
       x == 0 ? y : y == 0 || x < y ? x : y; })
#define qemu_min_non_zero_(a, b, n) \
    qemu_min_non_zero__(a, b, glue(qemu_x_, n), glue(qemu_y_, n))
#define MIN_NON_ZERO(a, b) qemu_min_non_zero_(a, b, __COUNTER__)

/* Multiples of m; the ROUND_ ones need a power of two. */
#define QEMU_ALIGN_DOWN(n, m) ((n) / (m) * (m))
#define QEMU_ALIGN_UP(n, m) QEMU_ALIGN_DOWN((n) + (m) - 1, (m))
#define QEMU_IS_ALIGNED(n, m) (((n) % (m)) == 0)
#define QEMU_ALIGN_PTR_DOWN(p, n) \
    ((__typeof__(p))QEMU_ALIGN_DOWN((uintptr_t)(p), (n)))
#define QEMU_ALIGN_PTR_UP(p, n) \
    ((__typeof__(p))QEMU_ALIGN_UP((uintptr_t)(p), (n)))
#define QEMU_PTR_IS_ALIGNED(p, n) QEMU_IS_ALIGNED((uintptr_t)(p), (n))
#ifndef ROUND_DOWN
#define ROUND_DOWN(n, d) ((n) & -(0 ? (n) : (d)))
#endif
#ifndef ROUND_UP
#define ROUND_UP(n, d) ROUND_DOWN((n) + (d) - 1, (d))
#endif
#ifndef DIV_ROUND_UP
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#endif

/* The number of elements of an array; a pointer does not compile. */
#ifndef ARRAY_SIZE
#ifdef __cplusplus
extern "C++" template <typename T, size_t n>
char (&qemu_array_size_(T (&)[n]))[n];
#define ARRAY_SIZE(x) sizeof(qemu_array_size_(x))
#else
#define ARRAY_SIZE(x) \
    (sizeof(x) / sizeof((x)[0]) + QEMU_BUILD_BUG_ON_ZERO( \
        __builtin_types_compatible_p(__typeof__(x), __typeof__(&(x)[0]))))
#endif
#endif
