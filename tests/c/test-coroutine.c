/*
 * Coroutines: entering, yielding, waking, waiting for each other, and the rules
 * whose breach ends the process. No event context takes part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qemu/coroutine.h"
#include "qemu/coroutine_int.h"
#include "qemu/thread.h"
#include "block/aio.h"
#include "qapi/error.h"
#include "aborts.h"
#include "testing.h"

/* Steps that coroutines took, in order. */
static GString *steps;

static void step(char name)
{
    g_string_append_c(steps, name);
}

static void expect_steps(const char *expected)
{
    g_assert_cmpstr(steps->str, ==, expected);
    g_string_truncate(steps, 0);
}

static void set_flag(void *opaque)
{
    *(bool *)opaque = true;
}

static void test_runs_when_entered(void)
{
    bool done = false;
    Coroutine *co;

    for (int i = 0; i < 2; i++) {
        done = false;
        co = qemu_coroutine_create(set_flag, &done);
        g_assert_nonnull(co);
        g_assert_false(done);
        qemu_coroutine_enter(co);
        g_assert_true(done);
    }
}

static void yield_five_times(void *opaque)
{
    int *yields = opaque;

    for (int i = 0; i < 5; i++) {
        step('a' + i);
        (*yields)++;
        qemu_coroutine_yield();
    }
    step('z');
}

static void test_five_yields_need_six_enters(void)
{
    int yields = 0;
    Coroutine *co = qemu_coroutine_create(yield_five_times, &yields);

    for (int i = 0; i < 5; i++) {
        qemu_coroutine_enter(co);
        g_assert_cmpint(yields, ==, i + 1);
        step('-');
    }
    qemu_coroutine_enter(co);
    expect_steps("a-b-c-d-e-z");
}

typedef struct {
    Coroutine *outer, *inner, *leader;
} Chain;

static void check_inner(void *opaque)
{
    Chain *chain = opaque;

    g_assert_true(qemu_in_coroutine());
    g_assert_true(qemu_coroutine_self() == chain->inner);
    g_assert_true(qemu_coroutine_entered(chain->outer));
    g_assert_true(qemu_coroutine_entered(chain->inner));
    g_assert_false(qemu_coroutine_entered(chain->leader));
    qemu_coroutine_yield();
}

static void check_outer(void *opaque)
{
    Chain *chain = opaque;

    g_assert_true(qemu_coroutine_self() == chain->outer);
    chain->inner = qemu_coroutine_create(check_inner, chain);
    g_assert_null(qemu_coroutine_get_aio_context(chain->inner));
    g_assert_false(qemu_coroutine_entered(chain->inner));
    qemu_coroutine_enter(chain->inner);
    g_assert_true(qemu_coroutine_self() == chain->outer);
    g_assert_false(qemu_coroutine_entered(chain->inner));
    qemu_coroutine_enter_if_inactive(chain->outer);
    qemu_coroutine_enter_if_inactive(chain->inner);
}

static void test_who_is_entered(void)
{
    Chain chain = { .leader = qemu_coroutine_self() };

    g_assert_nonnull(chain.leader);
    g_assert_false(qemu_in_coroutine());
    chain.outer = qemu_coroutine_create(check_outer, &chain);
    qemu_coroutine_enter(chain.outer);
    g_assert_true(qemu_coroutine_self() == chain.leader);
    g_assert_false(qemu_in_coroutine());
}

static void nest(void *opaque)
{
    unsigned *depth = opaque;

    if (++*depth < 128) {
        qemu_coroutine_enter(qemu_coroutine_create(nest, depth));
    }
}

static void test_nesting(void)
{
    unsigned depth = 0;

    qemu_coroutine_enter(qemu_coroutine_create(nest, &depth));
    g_assert_cmpuint(depth, ==, 128);
}

static void use_deep_stack(void *opaque)
{
    volatile char buffer[200 * 1024];

    for (size_t i = 0; i < sizeof(buffer); i += 512) {
        buffer[i] = (char)i;
    }
    qemu_coroutine_yield();
    for (size_t i = 0; i < sizeof(buffer); i += 512) {
        g_assert_true(buffer[i] == (char)i);
    }
    *(bool *)opaque = true;
}

static void test_stack_takes_large_buffers(void)
{
    bool done = false;
    Coroutine *co = qemu_coroutine_create(use_deep_stack, &done);

    qemu_coroutine_enter(co);
    qemu_coroutine_enter(co);
    g_assert_true(done);
}

/* Wakes: queued in a coroutine, run by whoever entered the waker. */

typedef struct {
    Coroutine *co[4];
} Family;

static void family_step(void *opaque)
{
    step(*(char *)opaque);
    qemu_coroutine_yield();
    step(*(char *)opaque);
}

static void family_mother(void *opaque)
{
    Family *family = opaque;

    step('M');
    aio_co_wake(family->co[0]);
    aio_co_wake(family->co[1]);
    step('m');
}

static void family_aunt(void *opaque)
{
    Family *family = opaque;

    step('A');
    qemu_coroutine_yield();
    aio_co_wake(family->co[2]);
    step('a');
}

static void test_wakes_run_depth_first(void)
{
    Family family;

    family.co[0] = qemu_coroutine_create(family_aunt, &family);
    family.co[1] = qemu_coroutine_create(family_step, (char *)"1");
    family.co[2] = qemu_coroutine_create(family_step, (char *)"2");
    for (int i = 0; i < 3; i++) {
        qemu_coroutine_enter(family.co[i]);
    }
    expect_steps("A12");
    qemu_coroutine_enter(qemu_coroutine_create(family_mother, &family));
    /* What the aunt wakes comes before what the mother woke after the aunt. */
    expect_steps("Mma" "2" "1");
}

typedef struct {
    Coroutine *other;
    unsigned *count;
    unsigned limit;
    bool *over;
} Player;

static void play(void *opaque)
{
    Player *player = opaque;

    while (*player->count < player->limit) {
        (*player->count)++;
        aio_co_wake(player->other);
        qemu_coroutine_yield();
    }
    if (!*player->over) {
        *player->over = true;
        aio_co_wake(player->other);
    }
}

static void test_mutual_wakes_use_no_stack(void)
{
    unsigned count = 0;
    bool over = false;
    Player players[2] = {
        { .count = &count, .limit = 25000, .over = &over },
        { .count = &count, .limit = 25000, .over = &over },
    };
    Coroutine *first = qemu_coroutine_create(play, &players[0]);

    players[0].other = qemu_coroutine_create(play, &players[1]);
    players[1].other = first;
    qemu_coroutine_enter(first);
    g_assert_cmpuint(count, ==, 25000);
}

/* Threads. */

static __thread int per_thread;
static QemuThread threads[2];

typedef struct {
    Coroutine *co;
    QemuEvent suspended;
    bool done;
} Traveller;

static void QEMU_NOINLINE set_per_thread(int value)
{
    per_thread = value;
}

static int QEMU_NOINLINE get_per_thread(void)
{
    return per_thread;
}

static void travel(void *opaque)
{
    Traveller *traveller = opaque;

    g_assert_true(qemu_coroutine_self() == traveller->co);
    g_assert_cmpint(get_per_thread(), ==, 1);
    qemu_coroutine_yield();
    g_assert_true(qemu_coroutine_self() == traveller->co);
    g_assert_cmpint(get_per_thread(), ==, 2);
    traveller->done = true;
}

static void *resume_traveller(void *opaque)
{
    Traveller *traveller = opaque;

    set_per_thread(2);
    qemu_event_wait(&traveller->suspended);
    qemu_coroutine_enter(traveller->co);
    return NULL;
}

static void test_resumes_on_another_thread(void)
{
    Traveller traveller = { 0 };

    set_per_thread(1);
    qemu_event_init(&traveller.suspended, false);
    qemu_thread_create(&threads[0], "resume", resume_traveller, &traveller,
                       QEMU_THREAD_JOINABLE);
    traveller.co = qemu_coroutine_create(travel, &traveller);
    qemu_coroutine_enter(traveller.co);
    qemu_event_set(&traveller.suspended);
    qemu_thread_join(&threads[0]);
    g_assert_true(traveller.done);
    qemu_event_destroy(&traveller.suspended);
}

/* Locks. */

typedef struct {
    CoMutex mutex;
    char name;
} Locker;

static CoMutex co_mutex;
static CoQueue co_queue;
static CoRwlock co_rwlock;

static void lock_yield_unlock(void *opaque)
{
    char name = *(char *)opaque;

    qemu_co_mutex_lock(&co_mutex);
    qemu_co_mutex_assert_locked(&co_mutex);
    step(name);
    qemu_coroutine_yield();
    step(g_ascii_toupper(name));
    qemu_co_mutex_unlock(&co_mutex);
}

static void test_mutex_is_fifo_and_handed_over(void)
{
    Coroutine *co[3];
    const char *names[] = { "a", "b", "c" };

    G_STATIC_ASSERT(sizeof(CoMutex) == 48 && offsetof(CoMutex, holder) == 40);
    qemu_co_mutex_init(&co_mutex);
    for (int i = 0; i < 3; i++) {
        co[i] = qemu_coroutine_create(lock_yield_unlock, (void *)names[i]);
        qemu_coroutine_enter(co[i]);
    }
    expect_steps("a");
    /* b gets the mutex as soon as a has ended. */
    qemu_coroutine_enter(co[0]);
    expect_steps("Ab");
    qemu_coroutine_enter(co[1]);
    qemu_coroutine_enter(co[2]);
    expect_steps("BcC");
}

static void test_zeroed_mutex_is_unlocked(void)
{
    Coroutine *co;

    memset(&co_mutex, 0, sizeof(co_mutex));
    co = qemu_coroutine_create(lock_yield_unlock, (void *)"a");
    qemu_coroutine_enter(co);
    qemu_coroutine_enter(co);
    expect_steps("aA");
}

static void wait_in_queue(void *opaque)
{
    qemu_co_mutex_lock(&co_mutex);
    qemu_co_queue_wait(&co_queue, &co_mutex);
    qemu_co_mutex_assert_locked(&co_mutex);
    qemu_co_mutex_unlock(&co_mutex);
    step(*(char *)opaque);
}

static void wait_in_front(void *opaque)
{
    qemu_co_queue_wait_flags(&co_queue, NULL, CO_QUEUE_WAIT_FRONT);
    step(*(char *)opaque);
}

static void test_queue(void)
{
    G_STATIC_ASSERT(sizeof(CoQueue) == 16);
    qemu_co_mutex_init(&co_mutex);
    qemu_co_queue_init(&co_queue);
    g_assert_true(qemu_co_queue_empty(&co_queue));
    g_assert_false(qemu_co_queue_next(&co_queue));
    qemu_coroutine_enter(qemu_coroutine_create(wait_in_queue, (void *)"a"));
    qemu_coroutine_enter(qemu_coroutine_create(wait_in_queue, (void *)"b"));
    qemu_coroutine_enter(qemu_coroutine_create(wait_in_front, (void *)"f"));
    g_assert_false(qemu_co_queue_empty(&co_queue));
    g_assert_true(qemu_co_enter_next(&co_queue, (QemuMutex *)NULL));
    expect_steps("f");
    qemu_coroutine_enter(qemu_coroutine_create(wait_in_queue, (void *)"c"));
    qemu_co_queue_restart_all(&co_queue);
    expect_steps("abc");
    g_assert_true(qemu_co_queue_empty(&co_queue));
}

static void read_lock(void *opaque)
{
    qemu_co_rwlock_rdlock(&co_rwlock);
    step(*(char *)opaque);
    qemu_coroutine_yield();
    qemu_co_rwlock_unlock(&co_rwlock);
}

static void write_lock(void *opaque)
{
    qemu_co_rwlock_wrlock(&co_rwlock);
    step(*(char *)opaque);
    qemu_coroutine_yield();
    qemu_co_rwlock_downgrade(&co_rwlock);
    step('d');
    qemu_coroutine_yield();
    qemu_co_rwlock_unlock(&co_rwlock);
}

static void upgrade_lock(void *opaque)
{
    qemu_co_rwlock_rdlock(&co_rwlock);
    step(*(char *)opaque);
    qemu_co_rwlock_upgrade(&co_rwlock);
    step(g_ascii_toupper(*(char *)opaque));
    qemu_co_rwlock_unlock(&co_rwlock);
}

static void test_rwlock(void)
{
    Coroutine *r1, *r2, *w, *u;

    G_STATIC_ASSERT(sizeof(CoRwlock) == 72);
    qemu_co_rwlock_init(&co_rwlock);
    r1 = qemu_coroutine_create(read_lock, (void *)"1");
    r2 = qemu_coroutine_create(read_lock, (void *)"2");
    w = qemu_coroutine_create(write_lock, (void *)"w");
    u = qemu_coroutine_create(upgrade_lock, (void *)"u");
    qemu_coroutine_enter(r1);
    qemu_coroutine_enter(w);
    /* A reader does not overtake a writer. */
    qemu_coroutine_enter(r2);
    expect_steps("1");
    qemu_coroutine_enter(r1);
    expect_steps("w");
    /* A downgrade lets the readers in that wait. */
    qemu_coroutine_enter(w);
    expect_steps("d2");
    qemu_coroutine_enter(u);
    expect_steps("u");
    qemu_coroutine_enter(r2);
    qemu_coroutine_enter(w);
    expect_steps("U");
}

static void sleep_until_woken(void *opaque)
{
    QemuCoSleep *sleep = opaque;

    qemu_co_sleep(sleep);
    step('s');
}

static void test_sleep_is_ended_once(void)
{
    QemuCoSleep sleep = { 0 };

    qemu_co_sleep_wake(&sleep);
    qemu_coroutine_enter(qemu_coroutine_create(sleep_until_woken, &sleep));
    expect_steps("");
    qemu_co_sleep_wake(&sleep);
    expect_steps("s");
    qemu_co_sleep_wake(&sleep);
}

static void guarded(void)
{
    QemuMutex mutex;
    QemuRecMutex rec;

    qemu_mutex_init(&mutex);
    qemu_rec_mutex_init(&rec);
    WITH_QEMU_LOCK_GUARD(&mutex) {
        QEMU_LOCK_GUARD(&rec);
        qemu_rec_mutex_lock(&rec);
        qemu_rec_mutex_unlock(&rec);
        g_assert_cmpint(qemu_mutex_trylock(&mutex), ==, -EBUSY);
    }
    g_assert_cmpint(qemu_mutex_trylock(&mutex), ==, 0);
    qemu_mutex_unlock(&mutex);
    qemu_mutex_destroy(&mutex);
    qemu_rec_mutex_destroy(&rec);
}

/* Misuse. */

static void just_yield(void *opaque)
{
    (void)opaque;
    qemu_coroutine_yield();
}

static void enter_self(void *opaque)
{
    (void)opaque;
    qemu_coroutine_enter(qemu_coroutine_self());
}

static void test_entering_self_aborts(void)
{
    ABORTS_SAYING("qemu_aio_coroutine_enter*re-entered recursively");
    qemu_coroutine_enter(qemu_coroutine_create(enter_self, NULL));
}

static void enter_other(void *opaque)
{
    qemu_coroutine_enter(*(Coroutine **)opaque);
}

static void enter_child(void *opaque)
{
    qemu_coroutine_enter(qemu_coroutine_create(enter_other, opaque));
}

static void test_entering_a_caller_aborts(void)
{
    Coroutine *co;

    ABORTS_SAYING("qemu_aio_coroutine_enter*re-entered recursively");
    co = qemu_coroutine_create(enter_child, &co);
    qemu_coroutine_enter(co);
}

static void test_yield_outside_aborts(void)
{
    ABORTS_SAYING("qemu_coroutine_yield*yielding to no one");
    qemu_coroutine_yield();
}

static void wake_twice(void *opaque)
{
    aio_co_wake(opaque);
    aio_co_wake(opaque);
}

static void test_queueing_twice_aborts(void)
{
    Coroutine *co;

    ABORTS_SAYING("already queued");
    co = qemu_coroutine_create(just_yield, NULL);
    qemu_coroutine_enter(co);
    qemu_coroutine_enter(qemu_coroutine_create(wake_twice, co));
}

static void wake_then_enter(void *opaque)
{
    aio_co_wake(opaque);
    qemu_coroutine_enter(opaque);
}

static void test_entering_a_queued_one_aborts(void)
{
    Coroutine *co;

    ABORTS_SAYING("already queued");
    co = qemu_coroutine_create(just_yield, NULL);
    qemu_coroutine_enter(co);
    qemu_coroutine_enter(qemu_coroutine_create(wake_then_enter, co));
}

static void end_locked(void *opaque)
{
    qemu_co_mutex_lock(opaque);
}

static void test_ending_with_a_lock_aborts(void)
{
    CoMutex mutex = { 0 };

    ABORTS_SAYING("lock is still held");
    qemu_coroutine_enter(qemu_coroutine_create(end_locked, &mutex));
}

static void end_read_locked(void *opaque)
{
    qemu_co_rwlock_rdlock(opaque);
}

static void test_ending_with_a_rwlock_aborts(void)
{
    ABORTS_SAYING("lock is still held");
    qemu_co_rwlock_init(&co_rwlock);
    qemu_coroutine_enter(qemu_coroutine_create(end_read_locked, &co_rwlock));
}

static void end_scheduled(void *opaque)
{
    aio_co_schedule(opaque, qemu_coroutine_self());
}

static void test_ending_while_scheduled_aborts(void)
{
    ABORTS_SAYING("ended while*aio_co_schedule");
    qemu_coroutine_enter(
        qemu_coroutine_create(end_scheduled, aio_context_new(&error_abort)));
}

static void test_scheduling_twice_aborts(void)
{
    AioContext *ctx;
    Coroutine *co;

    ABORTS_SAYING("aio_co_schedule*already scheduled by 'aio_co_schedule'");
    ctx = aio_context_new(&error_abort);
    co = qemu_coroutine_create(just_yield, NULL);
    aio_co_schedule(ctx, co);
    aio_co_schedule(ctx, co);
}

static void test_entering_a_sleeper_aborts(void)
{
    QemuCoSleep sleep = { 0 };
    Coroutine *co;

    ABORTS_SAYING("already scheduled by 'qemu_co_sleep");
    co = qemu_coroutine_create(sleep_until_woken, &sleep);
    qemu_coroutine_enter(co);
    qemu_coroutine_enter(co);
}

static void schedule_self_and_sleep(void *opaque)
{
    QemuCoSleep sleep = { 0 };

    aio_co_schedule(opaque, qemu_coroutine_self());
    qemu_co_sleep(&sleep);
}

static void test_sleeping_while_scheduled_aborts(void)
{
    AioContext *ctx;

    ABORTS_SAYING("qemu_co_sleep*already scheduled by 'aio_co_schedule'");
    ctx = aio_context_new(&error_abort);
    qemu_coroutine_enter(qemu_coroutine_create(schedule_self_and_sleep, ctx));
}

static void test_entering_an_ended_one_aborts(void)
{
    bool done;
    Coroutine *co;

    ABORTS_SAYING("already ended");
    co = qemu_coroutine_create(set_flag, &done);
    qemu_coroutine_enter(co);
    qemu_coroutine_enter(co);
}

static void wake_self(void *opaque)
{
    (void)opaque;
    aio_co_wake(qemu_coroutine_self());
}

static void test_waking_self_aborts(void)
{
    ABORTS_SAYING("aio_co_enter*entered itself");
    qemu_coroutine_enter(qemu_coroutine_create(wake_self, NULL));
}

static void unlock_mutex(void *opaque)
{
    qemu_co_mutex_unlock(opaque);
}

static void test_unlocking_what_another_one_has_aborts(void)
{
    ABORTS_SAYING("qemu_co_mutex_unlock*another coroutine");
    qemu_co_mutex_init(&co_mutex);
    qemu_coroutine_enter(
        qemu_coroutine_create(lock_yield_unlock, (void *)"a"));
    qemu_coroutine_enter(qemu_coroutine_create(unlock_mutex, &co_mutex));
}

static void test_unlocking_a_free_mutex_aborts(void)
{
    ABORTS_SAYING("qemu_co_mutex_unlock*not locked");
    qemu_co_mutex_init(&co_mutex);
    qemu_coroutine_enter(qemu_coroutine_create(unlock_mutex, &co_mutex));
}

static void test_locking_a_held_mutex_outside_aborts(void)
{
    ABORTS_SAYING("yielding to no one");
    qemu_co_mutex_init(&co_mutex);
    qemu_co_mutex_lock(&co_mutex);
    qemu_co_mutex_lock(&co_mutex);
}

static QemuEvent busy_begun;

static void be_busy(void *opaque)
{
    (void)opaque;
    qemu_event_set(&busy_begun);
    for (;;) {
        g_usleep(1000);
    }
}

static void *enter_on_thread(void *opaque)
{
    qemu_coroutine_enter(opaque);
    return NULL;
}

static void test_entering_on_a_second_thread_aborts(void)
{
    Coroutine *co;

    ABORTS_SAYING("re-entered recursively");
    qemu_event_init(&busy_begun, false);
    co = qemu_coroutine_create(be_busy, NULL);
    qemu_thread_create(&threads[0], "busy", enter_on_thread, co,
                       QEMU_THREAD_DETACHED);
    qemu_event_wait(&busy_begun);
    qemu_coroutine_enter(co);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    steps = g_string_new(NULL);
    testing_add("/coroutine/runs-when-entered", test_runs_when_entered);
    testing_add("/coroutine/five-yields", test_five_yields_need_six_enters);
    testing_add("/coroutine/entered", test_who_is_entered);
    testing_add("/coroutine/nesting", test_nesting);
    testing_add("/coroutine/large-buffers", test_stack_takes_large_buffers);
    testing_add("/coroutine/wakes/depth-first", test_wakes_run_depth_first);
    testing_add("/coroutine/wakes/mutual", test_mutual_wakes_use_no_stack);
    testing_add("/coroutine/threads", test_resumes_on_another_thread);
    testing_add("/coroutine/mutex/fifo", test_mutex_is_fifo_and_handed_over);
    testing_add("/coroutine/mutex/zeroed", test_zeroed_mutex_is_unlocked);
    testing_add("/coroutine/queue", test_queue);
    testing_add("/coroutine/rwlock", test_rwlock);
    testing_add("/coroutine/sleep", test_sleep_is_ended_once);
    testing_add("/coroutine/guards", guarded);
    testing_add("/coroutine/misuse/self", test_entering_self_aborts);
    testing_add("/coroutine/misuse/caller", test_entering_a_caller_aborts);
    testing_add("/coroutine/misuse/yield", test_yield_outside_aborts);
    testing_add("/coroutine/misuse/queued-twice", test_queueing_twice_aborts);
    testing_add("/coroutine/misuse/queued", test_entering_a_queued_one_aborts);
    testing_add("/coroutine/misuse/lock-held", test_ending_with_a_lock_aborts);
    testing_add("/coroutine/misuse/rwlock-held",
                test_ending_with_a_rwlock_aborts);
    testing_add("/coroutine/misuse/ended-scheduled",
                test_ending_while_scheduled_aborts);
    testing_add("/coroutine/misuse/scheduled-twice",
                test_scheduling_twice_aborts);
    testing_add("/coroutine/misuse/sleeper", test_entering_a_sleeper_aborts);
    testing_add("/coroutine/misuse/sleep-scheduled",
                test_sleeping_while_scheduled_aborts);
    testing_add("/coroutine/misuse/ended", test_entering_an_ended_one_aborts);
    testing_add("/coroutine/misuse/wake-self", test_waking_self_aborts);
    testing_add("/coroutine/misuse/unlock-other",
                test_unlocking_what_another_one_has_aborts);
    testing_add("/coroutine/misuse/unlock-free",
                test_unlocking_a_free_mutex_aborts);
    testing_add("/coroutine/misuse/lock-outside",
                test_locking_a_held_mutex_outside_aborts);
    testing_add("/coroutine/misuse/two-threads",
                test_entering_on_a_second_thread_aborts);
    return g_test_run();
}
