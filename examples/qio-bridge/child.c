/*
 * qio-bridge: the process behind a connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/socket.h>

#include "child.h"
#include "log.h"
#include "qapi/error.h"

/* How long a child gets to end, first by itself, then after a signal. */
#define PATIENCE_SECONDS 5

/* How often to look whether what it has left behind is gone, and how many times. */
#define LOOK_MILLISECONDS 100
#define LOOKS (PATIENCE_SECONDS * 1000 / LOOK_MILLISECONDS)

struct Child {
    guint64 connection;
    GPid pid; /* also the number of its process group */
    guint timer;
    guint looks;
    bool was_told;
};

static struct rlimit descriptors;
static GList *ending;
static void (*gone_func)(void *opaque);
static void *gone_opaque;

void child_set_limit(const struct rlimit *limit)
{
    descriptors = *limit;
}

/* Runs in the child before the command. */
static void prepare(G_GNUC_UNUSED gpointer data)
{
    setsid();
    if (descriptors.rlim_max) {
        setrlimit(RLIMIT_NOFILE, &descriptors);
    }
}

static bool make_pair(int pair[2], Error **errp)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
        error_setg_errno(errp, errno, "cannot make a pair of sockets");
        return false;
    }
    return true;
}

static bool spawn(const char *command, int fd, GPid *pid, Error **errp)
{
    const char *argv[] = { "/bin/sh", "-c", command, NULL };
    g_autoptr(GError) error = NULL;

    if (!g_spawn_async_with_fds(NULL, (char **)argv, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD, prepare, NULL,
                                pid, fd, fd, -1, &error)) {
        error_setg(errp, "%s", error->message);
        return false;
    }
    return true;
}

Child *child_start(const char *command, guint64 connection,
                   QIOChannelSocket **socket, Error **errp)
{
    Child *child;
    GPid pid;
    int pair[2];
    bool good;

    if (!make_pair(pair, errp)) {
        return NULL;
    }
    good = spawn(command, pair[1], &pid, errp);
    close(pair[1]);
    if (!good) {
        close(pair[0]);
        return NULL;
    }
    child = g_new0(Child, 1);
    child->connection = connection;
    child->pid = pid;
    *socket = qio_channel_socket_new_fd(pair[0], errp);
    if (!*socket) {
        close(pair[0]);
        child_end(child, false);
        return NULL;
    }
    return child;
}

/* Only what the command has made of itself is worth a line. */
static void log_status(const Child *child, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        log_info("connection %" G_GUINT64_FORMAT
                 ": the command failed with exit status %d", child->connection,
                 WEXITSTATUS(status));
    } else if (WIFSIGNALED(status) && !child->was_told) {
        log_info("connection %" G_GUINT64_FORMAT
                 ": the command was killed by signal %d (%s)", child->connection,
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
}

static void forget(Child *child)
{
    g_clear_handle_id(&child->timer, g_source_remove);
    ending = g_list_remove(ending, child);
    g_free(child);
    if (gone_func) {
        gone_func(gone_opaque);
    }
}

/* No process gets the number of a group as long as somebody is in that. */
static gboolean look_at_group(gpointer opaque)
{
    Child *child = opaque;
    bool is_last_look = ++child->looks == LOOKS;

    if (kill(-child->pid, is_last_look ? SIGKILL : 0) == 0 && !is_last_look) {
        return G_SOURCE_CONTINUE;
    }
    child->timer = 0;
    forget(child);
    return G_SOURCE_REMOVE;
}

static void on_exit_seen(GPid pid, gint status, gpointer opaque)
{
    Child *child = opaque;

    log_status(child, status);
    g_spawn_close_pid(pid);
    g_clear_handle_id(&child->timer, g_source_remove);
    /* What it has left behind. */
    if (kill(-pid, SIGTERM) == 0) {
        child->timer = g_timeout_add(LOOK_MILLISECONDS, look_at_group, child);
    } else {
        forget(child);
    }
}

static gboolean on_impatience(gpointer opaque)
{
    Child *child = opaque;

    kill(-child->pid, child->was_told ? SIGKILL : SIGTERM);
    child->was_told = true;
    return G_SOURCE_CONTINUE;
}

void child_end(Child *child, bool may_finish)
{
    ending = g_list_prepend(ending, child);
    g_child_watch_add(child->pid, on_exit_seen, child);
    child->timer = g_timeout_add_seconds(PATIENCE_SECONDS, on_impatience, child);
    if (!may_finish) {
        on_impatience(child);
    }
}

void child_on_gone(void (*func)(void *opaque), void *opaque)
{
    gone_func = func;
    gone_opaque = opaque;
}

size_t child_count_ending(void)
{
    return g_list_length(ending);
}

void child_kill_ending(void)
{
    for (GList *item = ending; item; item = item->next) {
        Child *child = item->data;

        kill(-child->pid, SIGKILL);
    }
}
