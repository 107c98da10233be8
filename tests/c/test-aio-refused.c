/*
 * Contexts whose descriptors the kernel has no memory to watch: epoll_ctl() is one of
 * this program's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/epoll.h>
#include <sys/syscall.h>

#include "block/aio.h"
#include "qapi/error.h"
#include "testing.h"

/* More than are listed to a poll anyway. */
#define PIPES 8

/* Whether epoll refuses every new descriptor. */
static bool is_full;
static unsigned refused;

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    if (is_full && operation == EPOLL_CTL_ADD) {
        refused++;
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

typedef struct Pipe {
    int fds[2];
    unsigned served;
} Pipe;

static void on_readable(void *opaque)
{
    Pipe *pipe = opaque;
    char byte;

    g_assert_cmpint(read(pipe->fds[0], &byte, 1), ==, 1);
    pipe->served++;
}

static void watch(AioContext *ctx, Pipe *pipe, bool enabled)
{
    aio_set_fd_handler(ctx, pipe->fds[0], false, enabled ? on_readable : NULL, NULL, NULL, NULL,
                       pipe);
}

static void serve(AioContext *ctx, bool by_glib, Pipe *pipe)
{
    unsigned before = pipe->served;

    g_assert_cmpint(write(pipe->fds[1], "x", 1), ==, 1);
    while (pipe->served == before) {
        if (by_glib) {
            g_main_context_iteration(NULL, TRUE);
        } else {
            aio_poll(ctx, true);
        }
    }
    g_assert_cmpuint(pipe->served, ==, before + 1);
}

static void check(bool by_glib)
{
    AioContext *ctx = aio_context_new(&error_abort);
    GSource *source = aio_get_g_source(ctx);
    Pipe pipes[PIPES] = { 0 };

    if (by_glib) {
        g_source_attach(source, NULL);
    }
    refused = 0;
    is_full = true;
    for (int i = 0; i < PIPES; i++) {
        testing_pipe(pipes[i].fds);
        watch(ctx, &pipes[i], true);
    }
    for (int i = 0; i < PIPES; i++) {
        serve(ctx, by_glib, &pipes[i]);
    }
    g_assert_cmpuint(refused, >=, PIPES);
    /* One is given up while it is refused; of the others, epoll learns. */
    watch(ctx, &pipes[0], false);
    is_full = false;
    serve(ctx, by_glib, &pipes[1]);
    refused = 0;
    is_full = true;
    for (int i = 1; i < PIPES; i++) {
        serve(ctx, by_glib, &pipes[i]);
    }
    g_assert_cmpuint(refused, ==, 0);
    is_full = false;
    for (int i = 0; i < PIPES; i++) {
        watch(ctx, &pipes[i], false);
        close(pipes[i].fds[0]);
        close(pipes[i].fds[1]);
    }
    g_source_destroy(source);
    g_source_unref(source);
    aio_context_unref(ctx);
}

static void test_poll(void)
{
    check(false);
}

static void test_glib(void)
{
    check(true);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/aio/refused/poll", test_poll);
    testing_add("/aio/refused/glib", test_glib);
    return g_test_run();
}
