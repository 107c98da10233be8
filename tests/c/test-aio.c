/*
 * Event contexts on one thread: polling, bottom halves, handlers, timers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "qapi/error.h"
#include "block/aio.h"
#include "block/aio-wait.h"
#include "qemu/main-loop.h"
#include "aborts.h"
#include "patience.h"
#include "testing.h"

static AioContext *ctx;

/* Each test has a context of its own. */
static void with_context(void (*test)(void))
{
    ctx = aio_context_new(&error_abort);
    test();
    while (aio_poll(ctx, false)) {
    }
    aio_context_unref(ctx);
}

static void count(void *opaque)
{
    ++*(int *)opaque;
}

static GString *steps;

static void step(void *opaque)
{
    g_string_append(steps, opaque);
}

static void expect_steps(const char *expected)
{
    g_assert_cmpstr(steps->str, ==, expected);
    g_string_truncate(steps, 0);
}

/* Bottom halves. */

static void bh_runs_once_per_schedule(void)
{
    int n = 0;
    QEMUBH *bh = aio_bh_new(ctx, count, &n);

    g_assert_false(aio_poll(ctx, false));
    qemu_bh_schedule(bh);
    qemu_bh_schedule(bh);
    g_assert_cmpint(n, ==, 0);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(n, ==, 1);
    g_assert_false(aio_poll(ctx, false));

    qemu_bh_schedule(bh);
    qemu_bh_cancel(bh);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(n, ==, 1);

    qemu_bh_schedule(bh);
    qemu_bh_delete(bh);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(n, ==, 1);
}

static void bh_last_scheduled_is_first(void)
{
    QEMUBH *a = aio_bh_new(ctx, step, (void *)"a");
    QEMUBH *b = aio_bh_new(ctx, step, (void *)"b");

    qemu_bh_schedule(a);
    qemu_bh_schedule(b);
    aio_bh_schedule_oneshot(ctx, step, (void *)"o");
    aio_poll(ctx, true);
    expect_steps("oba");
    qemu_bh_delete(a);
    qemu_bh_delete(b);
}

typedef struct {
    QEMUBH *bh;
    int n;
    int limit;
} Repeating;

static void repeat(void *opaque)
{
    Repeating *r = opaque;

    if (++r->n < r->limit) {
        qemu_bh_schedule(r->bh);
    } else {
        qemu_bh_delete(r->bh);
    }
}

static void bh_scheduled_meanwhile_waits(void)
{
    Repeating r = { .limit = 10 };

    r.bh = aio_bh_new(ctx, repeat, &r);
    qemu_bh_schedule(r.bh);
    for (int i = 1; i <= r.limit; i++) {
        g_assert_true(aio_poll(ctx, true));
        g_assert_cmpint(r.n, ==, i);
    }
    g_assert_false(aio_poll(ctx, false));
}

static void poll_inside(void *opaque)
{
    step((void *)"(");
    aio_poll(ctx, false);
    step(opaque);
}

static void bh_nested_poll_finishes_the_rest(void)
{
    aio_bh_schedule_oneshot(ctx, step, (void *)"1");
    aio_bh_schedule_oneshot(ctx, step, (void *)"2");
    aio_bh_schedule_oneshot(ctx, poll_inside, (void *)")");
    aio_poll(ctx, true);
    expect_steps("(21)");
}

static void bh_idle_is_no_progress(void)
{
    int n = 0;
    QEMUBH *bh = aio_bh_new(ctx, count, &n);

    qemu_bh_schedule_idle(bh);
    qemu_bh_schedule(bh);
    while (n == 0) {
        g_assert_false(aio_poll(ctx, true));
    }
    qemu_bh_schedule(bh);
    g_assert_true(aio_poll(ctx, true));
    qemu_bh_delete(bh);
}

/* Handlers. */

typedef struct {
    EventNotifier e;
    int n;
    int active;
} Notified;

static void notified(EventNotifier *e)
{
    Notified *data = container_of(e, Notified, e);

    data->n++;
    if (data->active > 0) {
        data->active--;
        event_notifier_set(e);
    }
    event_notifier_test_and_clear(e);
    if (data->active > 0) {
        event_notifier_set(e);
    }
}

static void set_notifier(Notified *data, EventNotifierHandler *handler)
{
    aio_set_event_notifier(ctx, &data->e, false, handler, NULL, NULL);
}

static void notifier_is_served(void)
{
    Notified data = { .active = 3 };

    g_assert_cmpint(event_notifier_init(&data.e, false), ==, 0);
    set_notifier(&data, notified);
    g_assert_false(aio_poll(ctx, false));
    event_notifier_set(&data.e);
    while (data.active) {
        g_assert_true(aio_poll(ctx, true));
    }
    g_assert_cmpint(data.n, ==, 3);
    g_assert_false(aio_poll(ctx, false));
    event_notifier_set(&data.e);
    set_notifier(&data, NULL);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(event_notifier_test_and_clear(&data.e), ==, 1);
    g_assert_cmpint(event_notifier_test_and_clear(&data.e), ==, 0);
    event_notifier_cleanup(&data.e);
    event_notifier_cleanup(&data.e);
    g_assert_cmpint(event_notifier_set(&data.e), ==, -1);
}

static void external_handlers_rest(void)
{
    Notified data = { 0 };

    event_notifier_init(&data.e, true);
    aio_set_event_notifier(ctx, &data.e, true, notified, NULL, NULL);
    aio_disable_external(ctx);
    aio_disable_external(ctx);
    g_assert_true(aio_external_disabled(ctx));
    g_assert_false(aio_poll(ctx, false));
    aio_enable_external(ctx);
    g_assert_false(aio_poll(ctx, false));
    aio_enable_external(ctx);
    g_assert_false(aio_external_disabled(ctx));
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(data.n, ==, 1);
    set_notifier(&data, NULL);
    event_notifier_cleanup(&data.e);
}

/* One socket pair, and handlers that say that they ran. */
static int pair[2];

static void read_step(void *opaque)
{
    step((void *)"r");
    if (opaque) {
        aio_set_fd_handler(ctx, pair[0], false, NULL, NULL, NULL, NULL, NULL);
    }
}

static void write_step(void *opaque)
{
    (void)opaque;
    step((void *)"w");
}

static void set_handlers(IOHandler *rd, IOHandler *wr, void *opaque)
{
    aio_set_fd_handler(ctx, pair[0], false, rd, wr, NULL, NULL, opaque);
}

static void conditions_run_the_right_half(void)
{
    testing_socket_pair(pair);
    set_handlers(read_step, write_step, NULL);
    aio_poll(ctx, true);
    expect_steps("w");
    set_handlers(read_step, NULL, NULL);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(write(pair[1], "x", 1), ==, 1);
    set_handlers(read_step, write_step, NULL);
    aio_poll(ctx, true);
    expect_steps("rw");
    /* The read half clears everything: the write half does not run any more. */
    set_handlers(read_step, write_step, ctx);
    aio_poll(ctx, true);
    expect_steps("r");
    g_assert_false(aio_poll(ctx, false));
    /* A hang-up is for readers. */
    close(pair[1]);
    set_handlers(read_step, NULL, NULL);
    aio_poll(ctx, true);
    expect_steps("r");
    set_handlers(NULL, NULL, NULL);
    close(pair[0]);
}

static void error_runs_writer(void)
{
    testing_pipe(pair);
    close(pair[0]);
    pair[0] = pair[1];
    set_handlers(NULL, write_step, NULL);
    aio_poll(ctx, true);
    expect_steps("w");
    set_handlers(NULL, NULL, NULL);
    close(pair[0]);
}

/* A Unix socket whose peer never read is not writable, not even after its end. */
static void hang_up_runs_writer(void)
{
    testing_socket_pair(pair);
    testing_fill(pair[0]);
    set_handlers(NULL, write_step, NULL);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(shutdown(pair[0], SHUT_RDWR), ==, 0);
    g_assert_true(aio_poll(ctx, true));
    expect_steps("w");
    set_handlers(NULL, NULL, NULL);
    close(pair[0]);
    close(pair[1]);
}

static void reuse_number(void *opaque)
{
    (void)opaque;
    /* Cleared, closed, and the number used for another file, all at once. */
    set_handlers(NULL, NULL, NULL);
    close(pair[0]);
    close(pair[1]);
    testing_socket_pair(pair);
    set_handlers(read_step, NULL, NULL);
    step((void *)"!");
}

static void number_is_used_again(void)
{
    int number;

    testing_socket_pair(pair);
    number = pair[0];
    g_assert_cmpint(write(pair[1], "x", 1), ==, 1);
    set_handlers(reuse_number, write_step, NULL);
    aio_poll(ctx, true);
    expect_steps("!");
    g_assert_cmpint(pair[0], ==, number);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(write(pair[1], "x", 1), ==, 1);
    g_assert_true(aio_poll(ctx, true));
    expect_steps("r");
    set_handlers(NULL, NULL, NULL);
    close(pair[0]);
    close(pair[1]);
}

static void odd_descriptors(void)
{
    int n = 0, file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    aio_set_fd_handler(ctx, file, false, count, NULL, NULL, NULL, &n);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(n, ==, 1);
    aio_set_fd_handler(ctx, file, false, NULL, NULL, NULL, NULL, NULL);
    close(file);
    /* Not an error, and never ready. */
    aio_set_fd_handler(ctx, file, false, count, count, NULL, NULL, &n);
    aio_set_fd_handler(ctx, -1, false, count, count, NULL, NULL, &n);
    for (int i = 0; i < 3; i++) {
        g_assert_false(aio_poll(ctx, false));
    }
    g_assert_cmpint(n, ==, 1);
    aio_set_fd_handler(ctx, file, false, NULL, NULL, NULL, NULL, NULL);
    aio_set_fd_handler(ctx, -1, false, NULL, NULL, NULL, NULL, NULL);
    aio_set_fd_handler(ctx, 12345, false, NULL, NULL, NULL, NULL, NULL);
}

/* The same with many descriptors, when the kernel's list of them is used. */

enum { MANY = 40 };
static int extras[MANY][2];

static void with_many(void (*test)(void))
{
    static int never;

    for (int i = 0; i < MANY; i++) {
        testing_pipe(extras[i]);
        aio_set_fd_handler(ctx, extras[i][0], false, count, NULL, NULL, NULL,
                           &never);
    }
    test();
    g_assert_cmpint(never, ==, 0);
    for (int i = 0; i < MANY; i++) {
        aio_set_fd_handler(ctx, extras[i][0], false, NULL, NULL, NULL, NULL,
                           NULL);
        close(extras[i][0]);
        close(extras[i][1]);
    }
}

/* Cleared and closed, but the file lives on under another number. */
static void duplicate_lives_on(void)
{
    int duplicate, n = 0;

    testing_socket_pair(pair);
    aio_set_fd_handler(ctx, pair[0], false, count, NULL, NULL, NULL, &n);
    g_assert_false(aio_poll(ctx, false));
    duplicate = dup(pair[0]);
    aio_set_fd_handler(ctx, pair[0], false, NULL, NULL, NULL, NULL, NULL);
    close(pair[0]);
    g_assert_cmpint(write(pair[1], "x", 1), ==, 1);
    for (int i = 0; i < 3; i++) {
        g_assert_false(aio_poll(ctx, false));
    }
    g_assert_cmpint(n, ==, 0);
    /* Nothing makes the context spin: it is quiet now. */
    if (ctx) {
        struct pollfd record = { .fd = -1, .events = POLLIN };
        GSource *source = aio_get_g_source(ctx);
        GMainContext *loop = g_main_context_new();
        int timeout = 0;
        GPollFD fds[4];

        g_source_attach(source, loop);
        g_assert_true(g_main_context_acquire(loop));
        g_main_context_prepare(loop, NULL);
        g_main_context_query(loop, INT_MAX, &timeout, fds, 4);
        g_assert_cmpint(timeout, ==, -1);
        record.fd = fds[0].fd;
        g_assert_cmpint(poll(&record, 1, 0), ==, 0);
        g_main_context_check(loop, INT_MAX, fds, 0);
        g_main_context_release(loop);
        g_source_destroy(source);
        g_source_unref(source);
        g_main_context_unref(loop);
    }
    close(duplicate);
    close(pair[1]);
}

/* Timers. */

static void timers_in_order(void)
{
    QEMUTimer a, b, c;
    int64_t now = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);

    G_STATIC_ASSERT(sizeof(QEMUTimer) == 48);
    aio_timer_init(ctx, &a, QEMU_CLOCK_REALTIME, SCALE_NS, step, (void *)"a");
    aio_timer_init(ctx, &b, QEMU_CLOCK_REALTIME, SCALE_NS, step, (void *)"b");
    aio_timer_init(ctx, &c, QEMU_CLOCK_REALTIME, SCALE_MS, step, (void *)"c");
    g_assert_false(timer_pending(&a));
    g_assert_cmpuint(timer_expire_time_ns(&a), ==, UINT64_MAX);
    timer_mod(&b, now + 1);
    timer_mod(&a, now + 1);
    timer_mod(&c, (now / SCALE_MS) + 10000);
    g_assert_true(timer_pending(&c));
    g_assert_true(timer_expired(&a, now + 1));
    g_assert_false(timer_expired(&a, now));
    while (steps->len < 2) {
        aio_poll(ctx, true);
    }
    /* Equal deadlines: who came first. */
    expect_steps("ba");
    g_assert_false(timer_pending(&a));
    timer_mod_anticipate(&c, -5);
    g_assert_cmpuint(timer_expire_time_ns(&c), ==, 0);
    timer_mod_anticipate(&c, 1);
    g_assert_cmpuint(timer_expire_time_ns(&c), ==, 0);
    timer_del(&c);
    g_assert_false(aio_poll(ctx, false));
    timer_mod(&c, 0);
    g_assert_true(aio_poll(ctx, true));
    expect_steps("c");
    timer_deinit(&a);
    timer_deinit(&b);
    timer_deinit(&c);
}

typedef struct {
    QEMUTimer *timer;
    int n;
} Rearm;

static void rearm(void *opaque)
{
    Rearm *r = opaque;

    g_assert_false(timer_pending(r->timer));
    if (++r->n < 5) {
        timer_mod(r->timer, 0);
    }
}

static void timer_in_the_past_runs_in_the_same_pass(void)
{
    Rearm r = { 0 };

    r.timer = aio_timer_new(ctx, QEMU_CLOCK_VIRTUAL, SCALE_MS, rearm, &r);
    timer_mod(r.timer, 1);
    g_assert_true(aio_poll(ctx, true));
    g_assert_cmpint(r.n, ==, 5);
    timer_free(r.timer);
    timer_free(NULL);
}

static void sleep_co(void *opaque)
{
    int64_t before = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);

    qemu_co_sleep_ns(QEMU_CLOCK_REALTIME, 2 * SCALE_MS);
    g_assert_cmpint(qemu_clock_get_ns(QEMU_CLOCK_REALTIME) - before, >=,
                    2 * SCALE_MS);
    *(bool *)opaque = true;
}

static void coroutine_sleeps(void)
{
    bool done = false;

    aio_co_schedule(ctx, qemu_coroutine_create(sleep_co, &done));
    while (!done) {
        aio_poll(ctx, true);
    }
}

typedef struct {
    QemuCoSleep sleep;
    int64_t worker_ns;
    bool worker_done, cleaned, over;
    int result;
} Timeout;

static void worker(void *opaque)
{
    Timeout *t = opaque;

    qemu_co_sleep_ns(QEMU_CLOCK_REALTIME, t->worker_ns);
    t->worker_done = true;
}

static void clean(void *opaque)
{
    ((Timeout *)opaque)->cleaned = true;
}

static void wait_for_worker(void *opaque)
{
    Timeout *t = opaque;

    t->result = qemu_co_timeout(worker, t, 20 * SCALE_MS, clean);
    t->over = true;
}

static void timeout_of_a_coroutine(void)
{
    Timeout fast = { .worker_ns = 1 }, slow = { .worker_ns = 60 * SCALE_MS };

    aio_co_schedule(ctx, qemu_coroutine_create(wait_for_worker, &fast));
    while (!fast.over) {
        aio_poll(ctx, true);
    }
    g_assert_cmpint(fast.result, ==, 0);
    g_assert_true(fast.worker_done && !fast.cleaned);

    aio_co_schedule(ctx, qemu_coroutine_create(wait_for_worker, &slow));
    while (!slow.over) {
        aio_poll(ctx, true);
    }
    g_assert_cmpint(slow.result, ==, -ETIMEDOUT);
    g_assert_false(slow.worker_done);
    while (!slow.cleaned) {
        aio_poll(ctx, true);
    }
    g_assert_true(slow.worker_done);
}

/* Coroutines. */

static void note_and_yield(void *opaque)
{
    step(opaque);
    g_assert_true(qemu_get_current_aio_context() == ctx);
    g_assert_true(qemu_coroutine_get_aio_context(qemu_coroutine_self()) == ctx);
    qemu_coroutine_yield();
    step(opaque);
}

static void scheduled_coroutines_run_oldest_first(void)
{
    Coroutine *co[3];
    const char *names[] = { "1", "2", "3" };

    for (int i = 0; i < 3; i++) {
        co[i] = qemu_coroutine_create(note_and_yield, (void *)names[i]);
        aio_co_schedule(ctx, co[i]);
    }
    g_assert_true(aio_poll(ctx, true));
    expect_steps("123");
    /* From outside of the context a wake is a schedule. */
    aio_co_wake(co[2]);
    aio_co_wake(co[0]);
    aio_co_wake(co[1]);
    expect_steps("");
    aio_poll(ctx, true);
    expect_steps("312");
}

static void read_until_readable(void *opaque)
{
    char byte;

    yield_until_fd_readable(pair[0]);
    g_assert_cmpint(read(pair[0], &byte, 1), ==, 1);
    *(bool *)opaque = true;
}

static void waits_for_a_descriptor(void)
{
    bool done = false;

    testing_socket_pair(pair);
    aio_co_schedule(ctx, qemu_coroutine_create(read_until_readable, &done));
    aio_poll(ctx, true);
    g_assert_false(aio_poll(ctx, false));
    g_assert_cmpint(write(pair[1], "x", 1), ==, 1);
    aio_poll(ctx, true);
    g_assert_true(done);
    g_assert_cmpint(write(pair[1], "x", 1), ==, 1);
    g_assert_false(aio_poll(ctx, false));
    close(pair[0]);
    close(pair[1]);
}

static void send_five(void *opaque)
{
    g_assert_cmpint(qemu_co_send(pair[0], opaque, 5), ==, 5);
}

static void recv_ten(void *opaque)
{
    char parts[2][6] = { "", "" };
    struct iovec iov[2] = { { parts[0], 6 }, { parts[1], 6 } };

    g_assert_cmpint(qemu_co_recvv(pair[1], iov, 2, 2, 10), ==, 10);
    g_assert_cmpint(memcmp(parts[0] + 2, "0123", 4), ==, 0);
    g_assert_cmpint(memcmp(parts[1], "456789", 6), ==, 0);
    g_assert_cmpint(qemu_co_recv(pair[1], parts, 1), ==, 0);
    g_assert_cmpint(qemu_co_recv(-1, parts, 1), ==, -EBADF);
    *(bool *)opaque = true;
}

static void sends_and_receives(void)
{
    bool done = false;
    Coroutine *co;

    testing_socket_pair(pair);
    g_assert_cmpint(fcntl(pair[1], F_SETFL, O_NONBLOCK), ==, 0);
    co = qemu_coroutine_create(recv_ten, &done);
    qemu_aio_coroutine_enter(ctx, co);
    g_assert_cmpint(write(pair[0], "01234", 5), ==, 5);
    qemu_aio_coroutine_enter(ctx, co);
    g_assert_false(done);
    qemu_aio_coroutine_enter(
        ctx, qemu_coroutine_create(send_five, (void *)"56789"));
    close(pair[0]);
    qemu_aio_coroutine_enter(ctx, co);
    g_assert_true(done);
    close(pair[1]);
}

/* Life. */

static void test_source_is_the_context(void)
{
    int n = 0;
    AioContext *c = aio_context_new(&error_abort);
    GSource *source = aio_get_g_source(c);
    GMainContext *loop = g_main_context_new();

    g_assert_true((void *)source == (void *)c);
    g_source_attach(source, loop);
    aio_bh_schedule_oneshot(c, count, &n);
    g_assert_true(g_main_context_iteration(loop, TRUE));
    g_assert_cmpint(n, ==, 1);
    while (g_main_context_iteration(loop, FALSE)) {
    }
    aio_context_ref(c);
    aio_context_unref(c);
    g_source_destroy(source);
    g_source_unref(source);
    aio_context_unref(c);
    g_main_context_unref(loop);
}

static void test_no_descriptors_left(void)
{
    struct rlimit before, limit;
    Error *err = NULL;
    int next = dup(0);

    getrlimit(RLIMIT_NOFILE, &before);
    close(next);
    for (int room = 0; room < 2; room++) {
        limit = before;
        limit.rlim_cur = next + room;
        setrlimit(RLIMIT_NOFILE, &limit);
        g_assert_null(aio_context_new(&err));
        setrlimit(RLIMIT_NOFILE, &before);
        g_assert_true(g_str_has_suffix(error_get_pretty(err),
                                       g_strerror(EMFILE)));
        error_free(err);
        err = NULL;
    }
}

static void ignore_signal(int signal)
{
    (void)signal;
}

static void signals_end_a_poll_without_progress(void)
{
    struct sigaction action = { .sa_handler = ignore_signal }, before;
    struct itimerval often = signal_storm(), never = { 0 };
    QEMUTimer timer;
    int n = 0, polls = 0;

    sigaction(SIGALRM, &action, &before);
    aio_timer_init(ctx, &timer, QEMU_CLOCK_REALTIME, SCALE_MS, count, &n);
    timer_mod(&timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + 20);
    setitimer(ITIMER_REAL, &often, NULL);
    while (n == 0) {
        polls++;
        aio_poll(ctx, true);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    /* Discards one that is still pending. */
    signal(SIGALRM, SIG_IGN);
    sigaction(SIGALRM, &before, NULL);
    g_assert_cmpint(polls, >, 1);
}

static void notify_ends_a_poll(void)
{
    aio_notify(ctx);
    g_assert_false(aio_poll(ctx, true));
    aio_context_set_poll_params(ctx, 0, 0, 0, &error_abort);
    g_assert_false(aio_poll(ctx, true));
}

static void lock_is_recursive(void)
{
    aio_context_acquire(ctx);
    aio_context_acquire(ctx);
    aio_context_release(ctx);
    aio_context_release(ctx);
}

static void home_thread(void)
{
    g_assert_null(qemu_get_current_aio_context());
    g_assert_false(in_aio_context_home_thread(ctx));
    qemu_set_current_aio_context(ctx);
    g_assert_true(qemu_get_current_aio_context() == ctx);
    g_assert_true(in_aio_context_home_thread(ctx));
    qemu_set_current_aio_context(NULL);
    g_assert_null(qemu_get_current_aio_context());
}

/* Misuse. */

static void test_pending_bh_aborts(void)
{
    int n;
    AioContext *c;

    ABORTS_SAYING("aio_context_unref*'count'*not deleted");
    c = aio_context_new(&error_abort);
    qemu_bh_schedule(aio_bh_new(c, count, &n));
    aio_context_unref(c);
}

static void test_scheduled_coroutine_aborts(void)
{
    AioContext *c;

    ABORTS_SAYING("aio_context_unref*coroutine*scheduled");
    c = aio_context_new(&error_abort);
    aio_co_schedule(c, qemu_coroutine_create(count, NULL));
    aio_context_unref(c);
}

static void test_armed_timer_aborts(void)
{
    AioContext *c;

    ABORTS_SAYING("aio_context_unref*timer*armed");
    c = aio_context_new(&error_abort);
    timer_mod(aio_timer_new(c, QEMU_CLOCK_REALTIME, 1, count, NULL), 1);
    aio_context_unref(c);
}

static void test_poll_elsewhere_aborts(void)
{
    AioContext *c, *d;

    ABORTS_SAYING("aio_poll*home thread");
    c = aio_context_new(&error_abort);
    d = aio_context_new(&error_abort);
    qemu_set_current_aio_context(c);
    aio_poll(d, false);
}

static void test_binding_twice_aborts(void)
{
    AioContext *c;

    ABORTS_SAYING("qemu_set_current_aio_context*bound");
    c = aio_context_new(&error_abort);
    qemu_set_current_aio_context(c);
    qemu_set_current_aio_context(c);
}

static void test_deinit_of_an_armed_timer_aborts(void)
{
    QEMUTimer timer;
    AioContext *c;

    ABORTS_SAYING("timer_deinit*armed");
    c = aio_context_new(&error_abort);
    aio_timer_init(c, &timer, QEMU_CLOCK_REALTIME, 1, count, NULL);
    timer_mod(&timer, 1);
    timer_deinit(&timer);
}

static void test_enable_too_often_aborts(void)
{
    ABORTS_SAYING("aio_enable_external");
    aio_enable_external(aio_context_new(&error_abort));
}

#define CONTEXT_TEST(name) \
    static void test_##name(void) \
    { \
        with_context(name); \
    }
#define MANY_TEST(name) \
    static void many_##name(void) \
    { \
        with_many(name); \
    } \
    static void test_many_##name(void) \
    { \
        with_context(many_##name); \
    }

CONTEXT_TEST(bh_runs_once_per_schedule)
CONTEXT_TEST(bh_last_scheduled_is_first)
CONTEXT_TEST(bh_scheduled_meanwhile_waits)
CONTEXT_TEST(bh_nested_poll_finishes_the_rest)
CONTEXT_TEST(bh_idle_is_no_progress)
CONTEXT_TEST(notifier_is_served)
CONTEXT_TEST(external_handlers_rest)
CONTEXT_TEST(conditions_run_the_right_half)
CONTEXT_TEST(error_runs_writer)
CONTEXT_TEST(hang_up_runs_writer)
CONTEXT_TEST(number_is_used_again)
CONTEXT_TEST(odd_descriptors)
CONTEXT_TEST(timers_in_order)
CONTEXT_TEST(timer_in_the_past_runs_in_the_same_pass)
CONTEXT_TEST(coroutine_sleeps)
CONTEXT_TEST(timeout_of_a_coroutine)
CONTEXT_TEST(scheduled_coroutines_run_oldest_first)
CONTEXT_TEST(waits_for_a_descriptor)
CONTEXT_TEST(sends_and_receives)
CONTEXT_TEST(signals_end_a_poll_without_progress)
CONTEXT_TEST(notify_ends_a_poll)
CONTEXT_TEST(lock_is_recursive)
CONTEXT_TEST(home_thread)
MANY_TEST(notifier_is_served)
MANY_TEST(external_handlers_rest)
MANY_TEST(conditions_run_the_right_half)
MANY_TEST(error_runs_writer)
MANY_TEST(hang_up_runs_writer)
MANY_TEST(number_is_used_again)
MANY_TEST(odd_descriptors)
MANY_TEST(waits_for_a_descriptor)
MANY_TEST(coroutine_sleeps)
MANY_TEST(duplicate_lives_on)

#define ADD(path, name) testing_add("/aio/" path, test_##name)
#define ADD_MANY(path, name) \
    testing_add("/aio/many/" path, test_many_##name)

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    steps = g_string_new(NULL);
    ADD("bh/schedule", bh_runs_once_per_schedule);
    ADD("bh/order", bh_last_scheduled_is_first);
    ADD("bh/meanwhile", bh_scheduled_meanwhile_waits);
    ADD("bh/nested", bh_nested_poll_finishes_the_rest);
    ADD("bh/idle", bh_idle_is_no_progress);
    ADD("fd/notifier", notifier_is_served);
    ADD("fd/external", external_handlers_rest);
    ADD("fd/halves", conditions_run_the_right_half);
    ADD("fd/error", error_runs_writer);
    ADD("fd/hang-up", hang_up_runs_writer);
    ADD("fd/reuse", number_is_used_again);
    ADD("fd/odd", odd_descriptors);
    ADD_MANY("notifier", notifier_is_served);
    ADD_MANY("external", external_handlers_rest);
    ADD_MANY("halves", conditions_run_the_right_half);
    ADD_MANY("error", error_runs_writer);
    ADD_MANY("hang-up", hang_up_runs_writer);
    ADD_MANY("reuse", number_is_used_again);
    ADD_MANY("odd", odd_descriptors);
    ADD_MANY("wait", waits_for_a_descriptor);
    ADD_MANY("sleep", coroutine_sleeps);
    ADD_MANY("duplicate", duplicate_lives_on);
    ADD("timer/order", timers_in_order);
    ADD("timer/past", timer_in_the_past_runs_in_the_same_pass);
    ADD("co/sleep", coroutine_sleeps);
    ADD("co/timeout", timeout_of_a_coroutine);
    ADD("co/schedule", scheduled_coroutines_run_oldest_first);
    ADD("co/readable", waits_for_a_descriptor);
    ADD("co/send-recv", sends_and_receives);
    ADD("poll/signals", signals_end_a_poll_without_progress);
    ADD("poll/notify", notify_ends_a_poll);
    ADD("lock", lock_is_recursive);
    ADD("home", home_thread);
    ADD("source", source_is_the_context);
    ADD("no-descriptors", no_descriptors_left);
    ADD("misuse/bh", pending_bh_aborts);
    ADD("misuse/coroutine", scheduled_coroutine_aborts);
    ADD("misuse/timer", armed_timer_aborts);
    ADD("misuse/poll", poll_elsewhere_aborts);
    ADD("misuse/bind", binding_twice_aborts);
    ADD("misuse/deinit", deinit_of_an_armed_timer_aborts);
    ADD("misuse/enable", enable_too_often_aborts);
    return g_test_run();
}
