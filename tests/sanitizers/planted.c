/*
 * Faults on purpose: a sanitizer that misses one of them is not at work.
 * Usage: planted FAULT
 */
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t rust_overflow(void);
void rust_race(void);
void rust_locks(void);

static volatile int sink;
static int unprotected;

static void c_overflow(void)
{
    char *bytes = calloc(1, 16);

    sink = bytes[16 + sink];
    free(bytes);
}

static void overflow_in_rust(void)
{
    sink = rust_overflow();
}

static void leak(void)
{
    void *volatile block = malloc(24);

    block = NULL;
    (void)block;
}

static void undefined(void)
{
    int big = INT_MAX - sink;

    sink = big + 1;
}

static void *race_in_rust(void *unused)
{
    rust_race();
    return unused;
}

static void *race_in_c(void *unused)
{
    for (int i = 0; i < 1000; i++) {
        unprotected++;
    }
    return unused;
}

static void *lock_in_rust(void *unused)
{
    rust_locks();
    return unused;
}

static void in_two_threads(void *(*function)(void *))
{
    pthread_t threads[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, function, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
}

int main(int argc, char **argv)
{
    const char *fault = argc == 2 ? argv[1] : "";

    if (!strcmp(fault, "none")) {
        in_two_threads(lock_in_rust);
    } else if (!strcmp(fault, "c-overflow")) {
        c_overflow();
    } else if (!strcmp(fault, "rust-overflow")) {
        overflow_in_rust();
    } else if (!strcmp(fault, "leak")) {
        leak();
    } else if (!strcmp(fault, "undefined")) {
        undefined();
    } else if (!strcmp(fault, "c-race")) {
        in_two_threads(race_in_c);
    } else if (!strcmp(fault, "rust-race")) {
        in_two_threads(race_in_rust);
    } else {
        fprintf(stderr, "usage: planted FAULT\n");
        return 2;
    }
    return 0;
}
