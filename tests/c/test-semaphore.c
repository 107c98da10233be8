/*
 * Semaphores between threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/thread.h"
#include "aborts.h"
#include "patience.h"
#include "testing.h"

static void test_counts(void)
{
    QemuSemaphore sem;

    G_STATIC_ASSERT(sizeof(QemuSemaphore) ==
                    sizeof(QemuMutex) + sizeof(QemuCond) + 8);
    qemu_sem_init(&sem, 2);
    qemu_sem_wait(&sem);
    g_assert_cmpint(qemu_sem_timedwait(&sem, 0), ==, 0);
    g_assert_cmpint(qemu_sem_timedwait(&sem, 0), ==, -1);
    g_assert_cmpint(qemu_sem_timedwait(&sem, 1), ==, -1);
    g_assert_cmpint(qemu_sem_timedwait(&sem, -1), ==, -1);
    qemu_sem_post(&sem);
    qemu_sem_post(&sem);
    g_assert_cmpint(qemu_sem_timedwait(&sem, 1000), ==, 0);
    qemu_sem_wait(&sem);
    g_assert_cmpint(qemu_sem_timedwait(&sem, 0), ==, -1);
    qemu_sem_destroy(&sem);
}

typedef struct Exchange {
    QemuSemaphore asked, answered;
    int rounds;
    int number;
} Exchange;

static void *answer(void *opaque)
{
    Exchange *exchange = opaque;

    for (int i = 0; i < exchange->rounds; i++) {
        qemu_sem_wait(&exchange->asked);
        exchange->number++;
        qemu_sem_post(&exchange->answered);
    }
    return NULL;
}

static void test_wakes_a_thread(void)
{
    Exchange exchange = { .rounds = rounds(20000) };
    QemuThread thread;

    qemu_sem_init(&exchange.asked, 0);
    qemu_sem_init(&exchange.answered, 0);
    qemu_thread_create(&thread, "answer", answer, &exchange,
                       QEMU_THREAD_JOINABLE);
    for (int i = 0; i < exchange.rounds; i++) {
        g_assert_cmpint(exchange.number, ==, i);
        qemu_sem_post(&exchange.asked);
        if (i % 2) {
            qemu_sem_wait(&exchange.answered);
        } else {
            g_assert_cmpint(qemu_sem_timedwait(&exchange.answered, INT_MAX),
                            ==, 0);
        }
    }
    qemu_thread_join(&thread);
    qemu_sem_destroy(&exchange.asked);
    qemu_sem_destroy(&exchange.answered);
}

enum { THREADS = 4 };

static void *take(void *opaque)
{
    Exchange *exchange = opaque;

    for (int i = 0; i < exchange->rounds; i++) {
        qemu_sem_wait(&exchange->asked);
    }
    return NULL;
}

/* None is lost, and none is there twice. */
static void test_many_takers(void)
{
    Exchange exchange = { .rounds = rounds(20000) };
    QemuThread threads[THREADS];

    qemu_sem_init(&exchange.asked, 0);
    for (int i = 0; i < THREADS; i++) {
        qemu_thread_create(&threads[i], "take", take, &exchange,
                           QEMU_THREAD_JOINABLE);
    }
    for (int i = 0; i < THREADS * exchange.rounds; i++) {
        qemu_sem_post(&exchange.asked);
    }
    for (int i = 0; i < THREADS; i++) {
        qemu_thread_join(&threads[i]);
    }
    g_assert_cmpint(qemu_sem_timedwait(&exchange.asked, 0), ==, -1);
    qemu_sem_destroy(&exchange.asked);
}

static void test_negative_value_aborts(void)
{
    QemuSemaphore sem;

    ABORTS_SAYING("qemu_sem_init*negative");
    qemu_sem_init(&sem, -1);
}

static void test_uninitialised_aborts(void)
{
    QemuSemaphore sem = { 0 };

    ABORTS_SAYING("qemu_sem_post*not initialised");
    qemu_sem_post(&sem);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/semaphore/counts", test_counts);
    testing_add("/semaphore/wakes", test_wakes_a_thread);
    testing_add("/semaphore/many", test_many_takers);
    testing_add("/semaphore/misuse/negative", test_negative_value_aborts);
    testing_add("/semaphore/misuse/uninitialised", test_uninitialised_aborts);
    return g_test_run();
}
