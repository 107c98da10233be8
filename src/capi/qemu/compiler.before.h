/*
 * Macros about the compiler. Everything here works in C and in C++.
 */

#define qemu_glue_(a, b) a##b
#ifndef glue
/* The two arguments, expanded, as one token. */
#define glue(a, b) qemu_glue_(a, b)
#endif

#define qemu_stringify_(s) #s
#ifndef stringify
/* The argument, expanded, as a string literal. */
#define stringify(s) qemu_stringify_(s)
#endif

#ifdef __cplusplus
#define QEMU_EXTERN_C extern "C"
#else
#define QEMU_EXTERN_C extern
#endif

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#define QEMU_PACKED __attribute__((packed))
#define QEMU_ALIGNED(n) __attribute__((aligned(n)))
#define QEMU_WARN_UNUSED_RESULT __attribute__((warn_unused_result))
#define QEMU_NOINLINE __attribute__((noinline))
#define QEMU_ALWAYS_INLINE __attribute__((always_inline))
#define QEMU_USED __attribute__((used))

#if defined(__GNUC__) && __GNUC__ >= 7
#define QEMU_FALLTHROUGH __attribute__((fallthrough))
#else
#define QEMU_FALLTHROUGH do {} while (0) /* fall through */
#endif

/* The struct of type `type` whose member `member` is at `ptr`. */
#ifndef container_of
#define container_of(ptr, type, member) \
    ((type *)((char *)(1 ? (ptr) : &((type *)0)->member) - \
              __builtin_offsetof(type, member)))
#endif

/* The size of a member. */
#define sizeof_field(type, member) sizeof(((type *)0)->member)

/* Compilation fails, with the text `msg`, if `x` is true. */
#ifdef __cplusplus
#define QEMU_BUILD_BUG_MSG(x, msg) static_assert(!(x), msg)
#else
#define QEMU_BUILD_BUG_MSG(x, msg) _Static_assert(!(x), msg)
#endif
#define QEMU_BUILD_BUG_ON(x) QEMU_BUILD_BUG_MSG(x, "not expecting: " #x)

/* The same inside of an expression, with the value 0. */
#define QEMU_BUILD_BUG_ON_ZERO(x) \
    (sizeof(char[(x) ? -1 : 1]) - sizeof(char))
