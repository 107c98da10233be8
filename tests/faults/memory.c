/*
 * Memory that cannot be had, and memory that was not given back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "faults.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

/* More than the scenarios ever have at a time; a power of two. */
#define SLOTS (1u << 18)

/* What the C library's own functions are called beside their usual names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

/* The addresses of live memory: open addressing, and no gaps in a chain. */
static void *slots[SLOTS];
static size_t live;
static bool is_following;
static int lock;

static void acquire(void)
{
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
        sched_yield();
    }
}

static void release(void)
{
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static size_t home_of(const void *memory)
{
    return ((uintptr_t)memory >> 4) * 0x9e3779b97f4a7c15ull >> 40 & (SLOTS - 1);
}

static void *follow(void *memory)
{
    size_t slot;

    if (!memory || !__atomic_load_n(&is_following, __ATOMIC_RELAXED)) {
        return memory;
    }
    acquire();
    for (slot = home_of(memory); slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        /* The table is far larger than what is in it. */
    }
    slots[slot] = memory;
    if (++live > SLOTS / 2) {
        abort();
    }
    release();
    return memory;
}

/* Moves up what would not be found any more behind the gap. */
static void close_gap(size_t gap)
{
    size_t next = gap;

    while (slots[next = (next + 1) & (SLOTS - 1)]) {
        size_t home = home_of(slots[next]);

        if (((next - home) & (SLOTS - 1)) >= ((next - gap) & (SLOTS - 1))) {
            slots[gap] = slots[next];
            gap = next;
        }
    }
    slots[gap] = NULL;
}

static void forget(const void *memory)
{
    size_t slot;

    if (!memory || !__atomic_load_n(&is_following, __ATOMIC_RELAXED)) {
        return;
    }
    acquire();
    slot = home_of(memory);
    while (slots[slot] && slots[slot] != memory) {
        slot = (slot + 1) & (SLOTS - 1);
    }
    if (slots[slot]) {
        live--;
        close_gap(slot);
    }
    release();
}

void faults_follow_memory(void)
{
    __atomic_store_n(&is_following, true, __ATOMIC_RELAXED);
}

size_t faults_live_memory(void)
{
    return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

static bool is_refused(const char *function, const void *caller)
{
    if (!faults_hit(FAULTS_ALLOCATE, function, caller)) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

#define REFUSED(function) is_refused(function, __builtin_return_address(0))

void *malloc(size_t size)
{
    return REFUSED("malloc") ? NULL : follow(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return REFUSED("calloc") ? NULL : follow(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size)
{
    void *moved;

    if (size > 0 && REFUSED("realloc")) {
        return NULL;
    }
    forget(memory);
    moved = __libc_realloc(memory, size);
    follow(moved || size == 0 ? moved : memory);
    return moved;
}

void *memalign(size_t alignment, size_t size)
{
    return REFUSED("memalign") ? NULL : follow(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return REFUSED("aligned_alloc") ? NULL : follow(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (REFUSED("posix_memalign")) {
        return ENOMEM;
    }
    *memory = follow(__libc_memalign(alignment, size));
    return *memory ? 0 : ENOMEM;
}

void free(void *memory)
{
    forget(memory);
    __libc_free(memory);
}
