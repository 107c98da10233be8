/*
 * Tells ThreadSanitizer about the locks of Rust's standard library.
 *
 * A free lock is taken by code that is compiled with its user, and so is seen. One
 * that is not free is waited for in the library, which comes compiled: the linker
 * has these functions called instead (--wrap). Their names, which change with the
 * compiler, are macros.
 */
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define REAL(name) JOIN(__real_, name)
#define WRAPPED(name) JOIN(__wrap_, name)

/* void lock_contended(&self); the lock's own word carries what an unlock released. */
#define WAIT_FOR_LOCK(name)       \
    void REAL(name)(void *lock);  \
    void WRAPPED(name)(void *lock) \
    {                             \
        REAL(name)(lock);         \
        __tsan_acquire(lock);     \
    }

WAIT_FOR_LOCK(MUTEX_LOCK_CONTENDED)
WAIT_FOR_LOCK(RWLOCK_READ_CONTENDED)
WAIT_FOR_LOCK(RWLOCK_WRITE_CONTENDED)

/* void wait(&self, &Mutex): unlocks, waits, and locks again. */
void REAL(CONDVAR_WAIT)(void *condition, void *mutex);
void WRAPPED(CONDVAR_WAIT)(void *condition, void *mutex)
{
    __tsan_release(mutex);
    REAL(CONDVAR_WAIT)(condition, mutex);
    __tsan_acquire(mutex);
}

/* bool wait_timeout(&self, &Mutex, Duration); the last one is two arguments. */
_Bool REAL(CONDVAR_WAIT_TIMEOUT)(void *condition, void *mutex, uint64_t seconds,
                                 uint32_t nanoseconds);
_Bool WRAPPED(CONDVAR_WAIT_TIMEOUT)(void *condition, void *mutex, uint64_t seconds,
                                    uint32_t nanoseconds)
{
    _Bool told;

    __tsan_release(mutex);
    told = REAL(CONDVAR_WAIT_TIMEOUT)(condition, mutex, seconds, nanoseconds);
    __tsan_acquire(mutex);
    return told;
}
