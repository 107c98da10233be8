/*
 * Coroutines: against a bare corosensei coroutine, and against threads that block.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <sys/socket.h>

#include "block/aio.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "qemu/coroutine.h"
#include "qemu/main-loop.h"

/* benches/reference */
typedef struct Switcher Switcher;
Switcher *reference_switcher_new(void);
void reference_switch(Switcher *switcher, uint32_t count);
void reference_switcher_free(Switcher *switcher);
Switcher *reference_switcher_new_c(void (*function)(const void *yielder));
void reference_enter(Switcher *switcher);
bool reference_yield(const void *yielder);
typedef struct Runner Runner;
Runner *reference_runner_new(void);
void reference_run(Runner *runner, CoroutineEntry *entry);
void reference_runner_free(Runner *runner);

typedef struct Switched {
    Switcher *reference;
    Switcher *reference_c;
    Runner *runner;
    Coroutine *ours;
    bool stop;
} Switched;

static void coroutine_fn nothing(void *opaque)
{
}

static void coroutine_fn yield_for_ever(void *opaque)
{
    Switched *switched = opaque;

    while (!switched->stop) {
        qemu_coroutine_yield();
    }
}

static void create_ours(void *state, unsigned count)
{
    while (count--) {
        qemu_coroutine_enter(qemu_coroutine_create(nothing, NULL));
    }
}

static void enter_ours(void *state, unsigned count)
{
    Switched *switched = state;

    while (count--) {
        qemu_coroutine_enter(switched->ours);
    }
}

static void switch_reference(void *state, unsigned count)
{
    reference_switch(((Switched *)state)->reference, count);
}

/* Without a coroutine for each function, and without asking whether it may be entered. */
static void run_reference(void *state, unsigned count)
{
    Switched *switched = state;

    while (count--) {
        reference_run(switched->runner, nothing);
    }
}

static void yield_reference(const void *yielder)
{
    while (reference_yield(yielder)) {
    }
}

/*
 * The same switch as a C API has to offer it: functions that enter and yield return
 * on another stack than the one they were called on, which a processor's return
 * prediction does not foresee.
 */
static void enter_reference(void *state, unsigned count)
{
    Switched *switched = state;

    while (count--) {
        reference_enter(switched->reference_c);
    }
}

static void measure_switches(void)
{
    Switched switched = {
        .reference = reference_switcher_new(),
        .reference_c = reference_switcher_new_c(yield_reference),
        .runner = reference_runner_new(),
    };

    switched.ours = qemu_coroutine_create(yield_for_ever, &switched);
    qemu_coroutine_enter(switched.ours);
    bench_compare(&(BenchRow) {
        .name = "coroutine: create, enter and finish", .target = 3, .state = &switched,
        .ours.run = create_ours, .reference.run = switch_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "coroutine: create, enter and finish, against corosensei behind C functions",
        .target = 3, .state = &switched,
        .ours.run = create_ours, .reference.run = run_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "coroutine: yield and re-enter", .target = 1.3, .state = &switched,
        .ours.run = enter_ours, .reference.run = switch_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "coroutine: yield and re-enter, against corosensei behind C functions",
        .target = 1.3, .state = &switched,
        .ours.run = enter_ours, .reference.run = enter_reference,
    });
    switched.stop = true;
    qemu_coroutine_enter(switched.ours);
    reference_switcher_free(switched.reference);
    reference_switcher_free(switched.reference_c);
    reference_runner_free(switched.runner);
}

/* A byte that goes to and fro between two who both wait for it. */
typedef struct PingPong {
    QIOChannel *channels[2];
    unsigned left;
    bool echo_ended;
    int fds[2];
    int alone[2];
    GThread *echo;
} PingPong;

static void coroutine_fn echo_ours(void *opaque)
{
    PingPong *game = opaque;
    char byte;

    while (qio_channel_read_all_eof(game->channels[1], &byte, 1, &error_abort) == 1) {
        qio_channel_write_all(game->channels[1], &byte, 1, &error_abort);
    }
    game->echo_ended = true;
}

static void coroutine_fn serve_ours(void *opaque)
{
    PingPong *game = opaque;
    char byte = 0;

    while (game->left) {
        qio_channel_write_all(game->channels[0], &byte, 1, &error_abort);
        qio_channel_read_all(game->channels[0], &byte, 1, &error_abort);
        game->left--;
    }
}

static void ping_pong_ours(void *state, unsigned count)
{
    PingPong *game = state;

    game->left = count;
    qemu_coroutine_enter(qemu_coroutine_create(serve_ours, game));
    while (game->left) {
        aio_poll(qemu_get_aio_context(), true);
    }
}

static gpointer echo_reference(gpointer opaque)
{
    PingPong *game = opaque;
    char byte;

    while (recv(game->fds[1], &byte, 1, 0) == 1) {
        bench_require(send(game->fds[1], &byte, 1, MSG_NOSIGNAL) == 1);
    }
    return NULL;
}

static void ping_pong_reference(void *state, unsigned count)
{
    PingPong *game = state;
    char byte = 0;

    while (count--) {
        bench_require(send(game->fds[0], &byte, 1, MSG_NOSIGNAL) == 1);
        bench_require(recv(game->fds[0], &byte, 1, 0) == 1);
    }
}

/* The same system calls in an order in which nobody ever waits. */
static void ping_pong_alone(void *state, unsigned count)
{
    PingPong *game = state;
    char byte = 0;

    while (count--) {
        bench_require(send(game->alone[0], &byte, 1, MSG_NOSIGNAL) == 1);
        bench_require(recv(game->alone[1], &byte, 1, 0) == 1);
        bench_require(send(game->alone[1], &byte, 1, MSG_NOSIGNAL) == 1);
        bench_require(recv(game->alone[0], &byte, 1, 0) == 1);
    }
}

static void measure_ping_pong(void)
{
    PingPong game = { 0 };
    int fds[2], i;

    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, game.fds) == 0);
    bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, game.alone) == 0);
    for (i = 0; i < 2; i++) {
        game.channels[i] = QIO_CHANNEL(qio_channel_socket_new_fd(fds[i], &error_abort));
        qio_channel_set_blocking(game.channels[i], false, &error_abort);
        qio_channel_attach_aio_context(game.channels[i], qemu_get_aio_context());
    }
    game.echo = g_thread_new("echo", echo_reference, &game);
    qemu_coroutine_enter(qemu_coroutine_create(echo_ours, &game));

    bench_compare(&(BenchRow) {
        .name = "coroutine: ping-pong, against two blocking threads", .target = 1.5,
        .state = &game, .count = 16,
        .ours.run = ping_pong_ours, .reference.run = ping_pong_reference,
    });
    bench_compare(&(BenchRow) {
        .name = "coroutine: ping-pong, against calls that never wait", .state = &game,
        .count = 16,
        .ours.run = ping_pong_ours, .reference.run = ping_pong_alone,
    });

    object_unref(OBJECT(game.channels[0]));
    while (!game.echo_ended) {
        aio_poll(qemu_get_aio_context(), true);
    }
    object_unref(OBJECT(game.channels[1]));
    shutdown(game.fds[0], SHUT_RDWR);
    g_thread_join(game.echo);
    close(game.fds[0]);
    close(game.fds[1]);
    close(game.alone[0]);
    close(game.alone[1]);
}

void bench_coroutines(void)
{
    measure_switches();
    measure_ping_pong();
}
