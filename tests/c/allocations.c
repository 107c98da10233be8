/*
 * A malloc() that counts. A source of the program itself: there it takes the place
 * of libc's for all libraries.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "allocations.h"

#include <errno.h>
#include <stdlib.h>

static gint allocations;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    g_atomic_int_inc(&allocations);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    g_atomic_int_inc(&allocations);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    g_atomic_int_inc(&allocations);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    g_atomic_int_inc(&allocations);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    *memory = memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

int allocations_made(void)
{
    return g_atomic_int_get(&allocations);
}
