/*
 * Tells ThreadSanitizer about GLib's locks, which are made of atomics that it does
 * not see. Preloaded; GLib's own use of them stays unseen.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <glib.h>
#include <stdlib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

/* GLib's function of this name. */
#define NEXT(function) ((__typeof__(&function))next(#function))

static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);

    return function ? function : (abort(), NULL);
}

void g_mutex_lock(GMutex *mutex)
{
    NEXT(g_mutex_lock)(mutex);
    __tsan_acquire(mutex);
}

gboolean g_mutex_trylock(GMutex *mutex)
{
    gboolean is_taken = NEXT(g_mutex_trylock)(mutex);

    if (is_taken) {
        __tsan_acquire(mutex);
    }
    return is_taken;
}

void g_mutex_unlock(GMutex *mutex)
{
    __tsan_release(mutex);
    NEXT(g_mutex_unlock)(mutex);
}

void g_cond_wait(GCond *cond, GMutex *mutex)
{
    __tsan_release(mutex);
    NEXT(g_cond_wait)(cond, mutex);
    __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end_time)
{
    gboolean is_signalled;

    __tsan_release(mutex);
    is_signalled = NEXT(g_cond_wait_until)(cond, mutex, end_time);
    __tsan_acquire(mutex);
    return is_signalled;
}

void g_rec_mutex_lock(GRecMutex *mutex)
{
    NEXT(g_rec_mutex_lock)(mutex);
    __tsan_acquire(mutex);
}

void g_rec_mutex_unlock(GRecMutex *mutex)
{
    __tsan_release(mutex);
    NEXT(g_rec_mutex_unlock)(mutex);
}
