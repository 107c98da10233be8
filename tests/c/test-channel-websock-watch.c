/*
 * WebSocket: watches, waiting, coroutines, and the end of a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include <sys/socket.h>
#include "websock.h"
#include "qemu/coroutine.h"
#include "qemu/main-loop.h"
#include "io/channel-file.h"
#include "testing.h"

#define ALL (G_IO_IN | G_IO_OUT | G_IO_HUP | G_IO_ERR)

typedef struct Seen {
    int count;
    GIOCondition condition;
    QIOChannel *ioc;
} Seen;

static gboolean see_once(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    Seen *seen = opaque;

    seen->count++;
    seen->condition = condition;
    seen->ioc = ioc;
    return G_SOURCE_REMOVE;
}

static gboolean see(QIOChannel *ioc, GIOCondition condition, gpointer opaque)
{
    see_once(ioc, condition, opaque);
    return G_SOURCE_CONTINUE;
}

/* What a watch reports once something is there to report; 0 if nothing is. */
static GIOCondition report(Pair *pair, GIOCondition condition)
{
    Seen seen = { 0 };
    guint tag = qio_channel_add_watch(pair->ioc, condition, see, &seen, NULL);
    int turns;

    for (turns = 0; turns < 20; turns++) {
        g_main_context_iteration(NULL, FALSE);
    }
    g_source_remove(tag);
    g_assert_true(!seen.count || seen.ioc == pair->ioc);
    return seen.condition;
}

static void test_conditions(void)
{
    Pair pair;

    pair_open(&pair, FALSE);
    g_assert_cmpint(report(&pair, ALL), ==, G_IO_OUT);
    g_assert_cmpint(report(&pair, G_IO_IN), ==, 0);
    /* A ping is not input. */
    peer_frame(&pair, 0x89, "ping", 4);
    g_assert_cmpint(report(&pair, G_IO_IN), ==, 0);
    peer_expect(&pair, "\x8a\x04ping", 6);
    peer_frame(&pair, 0x82, "data", 4);
    g_assert_cmpint(report(&pair, G_IO_IN), ==, G_IO_IN);
    g_assert_cmpint(report(&pair, ALL), ==, G_IO_IN | G_IO_OUT);
    shutdown(pair.peer, SHUT_WR);
    run_pending();
    /* Input first, then the end of it; but who asks for the end alone is told. */
    g_assert_cmpint(report(&pair, G_IO_HUP), ==, G_IO_HUP);
    g_assert_cmpint(report(&pair, ALL), ==, G_IO_IN);
    expect_read(&pair, "data", 4);
    g_assert_cmpint(report(&pair, ALL), ==, G_IO_IN | G_IO_OUT | G_IO_HUP);
    g_assert_cmpint(report(&pair, G_IO_IN), ==, G_IO_IN);
    assert_idle();
    pair_done(&pair);
}

static void test_error_conditions(void)
{
    Pair pair;

    pair_open(&pair, FALSE);
    peer_frame(&pair, 0x82, "data", 4);
    peer_frame(&pair, 0x81, "text", 4);
    g_assert_cmpint(report(&pair, ALL), ==, G_IO_IN);
    g_assert_cmpint(report(&pair, G_IO_ERR), ==, G_IO_ERR);
    expect_read(&pair, "data", 4);
    g_assert_cmpint(report(&pair, ALL), ==, G_IO_IN | G_IO_OUT | G_IO_ERR);
    assert_idle();
    pair_done(&pair);
}

static void test_output_condition(void)
{
    g_autofree char *data = pattern_new(65536);
    char buffer[65536];
    Pair pair;

    pair_open(&pair, FALSE);
    while (qio_channel_write(pair.ioc, data, 65536, &error_abort) > 0) {
    }
    g_assert_cmpint(report(&pair, G_IO_OUT), ==, 0);
    while (report(&pair, G_IO_OUT) != G_IO_OUT) {
        recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT);
    }
    g_assert_cmpint(qio_channel_write(pair.ioc, "x", 1, &error_abort), ==, 1);
    while (recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT) > 0
           || g_main_context_iteration(NULL, FALSE)) {
    }
    pair_done(&pair);
}

/* Sends when somebody has waited for a while. */
static gpointer send_later(gpointer opaque)
{
    Pair *pair = opaque;

    g_usleep(30000);
    peer_frame(pair, 0x89, "ping", 4);
    g_usleep(30000);
    peer_frame(pair, 0x82, "data", 4);
    return NULL;
}

/* Waiting works although nobody runs the default main context. */
static void test_wait(void)
{
    char received[4];
    Pair pair;
    GThread *thread;

    pair_open(&pair, FALSE);
    thread = g_thread_new("peer", send_later, &pair);
    g_assert_cmpint(qio_channel_read_all(pair.ioc, received, 4, &error_abort), ==, 0);
    g_assert_cmpmem(received, 4, "data", 4);
    g_thread_join(thread);
    pair_done(&pair);
}

static gpointer drain_slowly(gpointer opaque)
{
    Pair *pair = opaque;
    GByteArray *wire = g_byte_array_new();
    char buffer[100000];
    ssize_t count;

    while ((count = recv(pair->peer, buffer, sizeof(buffer), 0)) > 0) {
        g_byte_array_append(wire, (uint8_t *)buffer, count);
    }
    return wire;
}

/* Drops the channel; the background watch keeps it until everything is sent. */
static void drop_sent(Pair *pair)
{
    object_unref(OBJECT(pair->ioc));
    while (pair->master->parent.ref > 1) {
        g_main_context_iteration(NULL, FALSE);
    }
    object_unref(OBJECT(pair->master));
}

static void test_wait_to_write(void)
{
    enum { SIZE = 3 << 20 };
    g_autofree char *data = pattern_new(SIZE);
    Pair pair;
    GThread *thread;
    GByteArray *wire;

    pair_open(&pair, FALSE);
    thread = g_thread_new("peer", drain_slowly, &pair);
    g_assert_cmpint(qio_channel_write_all(pair.ioc, data, SIZE, &error_abort), ==, 0);
    drop_sent(&pair);
    wire = g_thread_join(thread);
    g_assert_cmpuint(wire->len, >, SIZE);
    g_assert_cmpuint(wire->len, <, SIZE + SIZE / 100);
    g_byte_array_unref(wire);
    close(pair.peer);
}

typedef struct Loop {
    Pair *pair;
    GMainContext *context;
    Seen seen;
    int ready;
} Loop;

static gpointer run_loop(gpointer opaque)
{
    Loop *loop = opaque;
    GSource *source = qio_channel_add_watch_source(loop->pair->ioc, G_IO_IN, see_once, &loop->seen,
                                                   NULL, loop->context);

    g_atomic_int_set(&loop->ready, 1);
    while (!g_source_is_destroyed(source)) {
        g_main_context_iteration(loop->context, TRUE);
    }
    g_source_unref(source);
    return NULL;
}

/* Whoever takes the bytes off the socket, every watch is told. */
static void test_two_contexts(void)
{
    int round;

    for (round = 0; round < 50; round++) {
        Loop loops[2] = { { 0 } };
        GThread *threads[2];
        Seen seen = { 0 };
        Pair pair;
        int i;

        pair_open(&pair, FALSE);
        for (i = 0; i < 2; i++) {
            loops[i] = (Loop) { .pair = &pair, .context = g_main_context_new() };
            threads[i] = g_thread_new("loop", run_loop, &loops[i]);
            while (!g_atomic_int_get(&loops[i].ready)) {
                g_thread_yield();
            }
        }
        qio_channel_add_watch(pair.ioc, G_IO_IN, see_once, &seen, NULL);
        peer_frame(&pair, 0x82, "data", 4);
        run_until(&seen.count);
        for (i = 0; i < 2; i++) {
            g_thread_join(threads[i]);
            g_assert_cmpint(loops[i].seen.condition, ==, G_IO_IN);
            g_main_context_unref(loops[i].context);
        }
        expect_read(&pair, "data", 4);
        pair_done(&pair);
    }
}

/* A source that makes a watch from its prepare function and adds it as its child. */
typedef struct Parent {
    GSource parent;
    Pair *pair;
    GSource *child;
    Seen seen;
} Parent;

static gboolean parent_prepare(GSource *source, int *timeout)
{
    Parent *parent = (Parent *)source;

    *timeout = -1;
    if (!parent->child) {
        parent->child = qio_channel_create_watch(parent->pair->ioc, G_IO_IN);
        g_source_set_callback(parent->child, G_SOURCE_FUNC(see), &parent->seen, NULL);
        g_source_add_child_source(source, parent->child);
    }
    return FALSE;
}

static gboolean parent_check(GSource *source)
{
    return FALSE;
}

static gboolean parent_dispatch(GSource *source, GSourceFunc function, gpointer opaque)
{
    return G_SOURCE_CONTINUE;
}

static void test_child_of_a_source(void)
{
    static GSourceFuncs funcs = {
        .prepare = parent_prepare, .check = parent_check, .dispatch = parent_dispatch,
    };
    int own;

    for (own = 0; own < 2; own++) {
        GMainContext *context = own ? g_main_context_new() : NULL;
        GSource *source = g_source_new(&funcs, sizeof(Parent));
        Parent *parent = (Parent *)source;
        Pair pair;

        pair_open(&pair, FALSE);
        parent->pair = &pair;
        g_source_attach(source, context);
        while (g_main_context_iteration(context, FALSE)) {
        }
        peer_frame(&pair, 0x82, "data", 4);
        while (!parent->seen.count) {
            g_main_context_iteration(context, TRUE);
        }
        g_assert_cmpint(parent->seen.condition, ==, G_IO_IN);
        g_source_destroy(source);
        g_source_unref(parent->child);
        g_source_unref(source);
        if (context) {
            g_main_context_unref(context);
        }
        pair_done(&pair);
    }
}

/* Dropping the last reference closes a live connection. */
static void test_unref(void)
{
    Pair pair;

    pair_open(&pair, FALSE);
    expect_block(&pair);
    g_assert_cmpint(pair.ioc->parent.ref, ==, 1);
    object_unref(OBJECT(pair.ioc));
    g_assert_cmpint(pair.master->parent.ref, ==, 1);
    object_unref(OBJECT(pair.master));
    peer_expect_end(&pair);
    assert_idle();
    close(pair.peer);
}

/* But not before what was accepted is sent. */
static void test_unref_with_output(void)
{
    g_autofree char *data = pattern_new(65536);
    char buffer[65536];
    size_t accepted = 0, sent = 0;
    ssize_t count;
    Pair pair;

    pair_open(&pair, FALSE);
    while ((count = qio_channel_write(pair.ioc, data, 65536, &error_abort)) > 0) {
        accepted += count;
    }
    object_unref(OBJECT(pair.ioc));
    object_unref(OBJECT(pair.master));
    while ((count = recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT)) != 0) {
        sent += MAX(count, 0);
        g_main_context_iteration(NULL, FALSE);
    }
    g_assert_cmpuint(sent, >, accepted);
    assert_idle();
    close(pair.peer);
}

static void test_close(void)
{
    Pair pair;
    char byte;
    Seen seen = { 0 };

    pair_open(&pair, FALSE);
    expect_block(&pair);
    qio_channel_add_watch(pair.ioc, ALL, see, &seen, NULL);
    g_assert_cmpint(qio_channel_close(pair.ioc, &error_abort), ==, 0);
    peer_expect(&pair, "\x88\x02\x03\xe8", 4);
    peer_expect_end(&pair);
    assert_idle();
    g_assert_cmpint(seen.count, ==, 0);
    g_assert_cmpint(qio_channel_read(pair.ioc, &byte, 1, NULL), ==, -1);
    g_assert_cmpint(qio_channel_write(pair.ioc, &byte, 1, NULL), ==, -1);
    qio_channel_close(pair.ioc, NULL);
    g_source_remove_by_user_data(&seen);
    pair_done(&pair);
}

/* The close frame of the peer, and what it is answered with. */
static void test_close_frames(void)
{
    static const struct {
        const char *payload;
        size_t size;
        const char *code;
    } cases[] = {
        { "", 0, "\x03\xe8" },
        { "\x03\xe8", 2, "\x03\xe8" },
        { "\x03\xe9going", 7, "\x03\xe9" },
        { "\x0f\xa0", 2, "\x0f\xa0" },
        { "\x03", 1, "\x03\xea" },
        { "\x03\xed", 2, "\x03\xea" },
        { "\0\0", 2, "\x03\xea" },
        { "\x03\xe8\xff\xfe", 4, "\x03\xef" },
    };
    size_t i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t reply[127];
        g_autofree char *message = NULL;
        Pair pair;

        pair_open(&pair, FALSE);
        peer_frame(&pair, 0x88, cases[i].payload, cases[i].size);
        message = expect_error(&pair);
        g_assert_cmpint(recv(pair.peer, reply, 4, MSG_WAITALL), ==, 4);
        g_assert_cmphex(reply[0], ==, 0x88);
        g_assert_cmpmem(reply + 2, 2, cases[i].code, 2);
        if (i < 4) {
            g_assert_cmphex(reply[1], ==, 0x16);
            peer_expect(&pair, "peer requested close", 20);
        } else {
            g_assert_cmpint(recv(pair.peer, reply + 4, reply[1] - 2, MSG_WAITALL), ==,
                            reply[1] - 2);
        }
        peer_expect_end(&pair);
        assert_idle();
        pair_done(&pair);
    }
}

/* A close frame that does not fit is sent later. */
static void test_close_frame_waits(void)
{
    g_autofree char *data = pattern_new(65536);
    GByteArray *wire = g_byte_array_new();
    char buffer[65536];
    ssize_t count;
    g_autofree char *message = NULL;
    Pair pair;

    pair_open(&pair, FALSE);
    while (qio_channel_write(pair.ioc, data, 65536, &error_abort) > 0) {
    }
    peer_frame(&pair, 0x88, "\x03\xe8", 2);
    message = expect_error(&pair);
    while ((count = recv(pair.peer, buffer, sizeof(buffer), MSG_DONTWAIT)) != 0) {
        if (count > 0) {
            g_byte_array_append(wire, (uint8_t *)buffer, count);
        }
        g_main_context_iteration(NULL, FALSE);
    }
    g_assert_cmpmem(wire->data + wire->len - 24, 24, "\x88\x16\x03\xe8peer requested close", 24);
    assert_idle();
    g_byte_array_unref(wire);
    pair_done(&pair);
}

enum { TALK_SIZE = 1 << 20 };

static void coroutine_fn echo(void *opaque)
{
    Pair *pair = opaque;
    size_t left = TALK_SIZE;
    char buffer[1000];
    ssize_t count;

    while (left > 0) {
        count = qio_channel_read(pair->ioc, buffer, sizeof(buffer), &error_abort);
        if (count == QIO_CHANNEL_ERR_BLOCK) {
            qio_channel_yield(pair->ioc, G_IO_IN);
        } else {
            g_assert_cmpint(count, >, 0);
            g_assert_cmpint(qio_channel_write_all(pair->ioc, buffer, count, &error_abort), ==, 0);
            left -= count;
        }
    }
    pair->outcome.called = 2;
}

/* Does not hang up: nothing can be sent to a peer that did. */
static gpointer talk(gpointer opaque)
{
    g_autofree char *data = pattern_new(TALK_SIZE);
    Pair *pair = opaque;

    peer_frame(pair, 0x89, "ping", 4);
    peer_frame(pair, 0x82, data, TALK_SIZE);
    return NULL;
}

static void test_coroutine(void)
{
    Pair pair;
    GThread *talker, *drainer;
    GByteArray *wire;

    pair_open(&pair, FALSE);
    pair.outcome.called = 0;
    talker = g_thread_new("talker", talk, &pair);
    drainer = g_thread_new("drainer", drain_slowly, &pair);
    qemu_coroutine_enter(qemu_coroutine_create(echo, &pair));
    while (!pair.outcome.called) {
        main_loop_wait(false);
    }
    drop_sent(&pair);
    g_thread_join(talker);
    wire = g_thread_join(drainer);
    g_assert_cmpuint(wire->len, >, TALK_SIZE);
    g_assert_cmpmem(wire->data, 6, "\x8a\x04ping", 6);
    g_byte_array_unref(wire);
    close(pair.peer);
}

/* What was received before a coroutine waits wakes it at once. */
static void coroutine_fn wait_for_buffered(void *opaque)
{
    Pair *pair = opaque;
    char byte;

    qio_channel_yield(pair->ioc, G_IO_IN);
    g_assert_cmpint(qio_channel_read(pair->ioc, &byte, 1, &error_abort), ==, 1);
    pair->outcome.called = 2;
}

static void test_coroutine_with_buffered_data(void)
{
    Pair pair;

    pair_open(&pair, FALSE);
    expect_block(&pair);
    peer_frame(&pair, 0x82, "data", 4);
    run_pending();
    pair.outcome.called = 0;
    qemu_coroutine_enter(qemu_coroutine_create(wait_for_buffered, &pair));
    g_assert_cmpint(pair.outcome.called, ==, 0);
    while (!pair.outcome.called) {
        main_loop_wait(false);
    }
    pair_done(&pair);
}

/* The mode and the result of closing are the master's. */
static void test_forwarding(void)
{
    Pair pair;
    Error *err = NULL;

    pair_init_over(&pair, QIO_CHANNEL(qio_channel_file_new_fd(-1)));
    g_assert_cmpint(qio_channel_set_blocking(pair.ioc, false, &err), ==, -1);
    error_free(err);
    err = NULL;
    g_assert_cmpint(qio_channel_shutdown(pair.ioc, QIO_CHANNEL_SHUTDOWN_BOTH, &err), ==, -1);
    error_free(err);
    err = NULL;
    g_assert_cmpint(qio_channel_close(pair.ioc, &err), ==, -1);
    g_assert_cmpint(errno, ==, EBADF);
    error_free(err);
    pair_done(&pair);
}

int main(int argc, char **argv)
{
    Pair pair;

    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);
    /* The first channel makes a context that is kept. */
    pair_init(&pair, TRUE);
    pair_done(&pair);
    run_pending();
    testing_add("/websock/watch/conditions", test_conditions);
    testing_add("/websock/watch/errors", test_error_conditions);
    testing_add("/websock/watch/output", test_output_condition);
    testing_add("/websock/watch/two-contexts", test_two_contexts);
    testing_add("/websock/watch/child", test_child_of_a_source);
    testing_add("/websock/wait/read", test_wait);
    testing_add("/websock/wait/write", test_wait_to_write);
    testing_add("/websock/coroutine/echo", test_coroutine);
    testing_add("/websock/coroutine/buffered", test_coroutine_with_buffered_data);
    testing_add("/websock/unref/idle", test_unref);
    testing_add("/websock/unref/output", test_unref_with_output);
    testing_add("/websock/close/own", test_close);
    testing_add("/websock/close/peer", test_close_frames);
    testing_add("/websock/close/waits", test_close_frame_waits);
    testing_add("/websock/forwarding", test_forwarding);
    return g_test_run();
}
