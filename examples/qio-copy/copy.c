/*
 * qio-copy: moving the bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "copy.h"
#include "qapi/error.h"

#define BUFFER_SIZE (128 * 1024)
#define PROGRESS_INTERVAL_MS 200

static void print_progress(const Copy *copy)
{
    double seconds = (g_get_monotonic_time() - copy->start_time) / 1e6;
    g_autofree char *bytes =
        g_format_size_full(copy->copied, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *rate = g_format_size_full(
        seconds > 0 ? copy->copied / seconds : 0, G_FORMAT_SIZE_IEC_UNITS);

    fprintf(stderr, "\r%s, %s/s", bytes, rate);
    if (copy->source.size > 0) {
        double percent = 100.0 * copy->copied / copy->source.size;

        fprintf(stderr, ", %.0f%%", MIN(percent, 100.0));
    }
    fprintf(stderr, "\033[K");
}

static gboolean on_progress(gpointer opaque)
{
    print_progress(opaque);
    return G_SOURCE_CONTINUE;
}

/*
 * Copying. Either the buffer is empty and the source is watched, or there is
 * something in it that the destination has not taken, and that one is.
 */

static gboolean on_readable(QIOChannel *ioc, GIOCondition condition,
                            gpointer opaque);
static gboolean on_writable(QIOChannel *ioc, GIOCondition condition,
                            gpointer opaque);

/* A closed pipe shows as HUP or ERR alone, and reading or writing tells more. */

static void watch_source(Copy *copy)
{
    qio_channel_add_watch(copy->source.ioc, G_IO_IN | G_IO_HUP | G_IO_ERR,
                          on_readable, copy, NULL);
}

static void watch_destination(Copy *copy)
{
    qio_channel_add_watch(copy->destination.ioc,
                          G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable, copy,
                          NULL);
}

/* Ends the copy; the caller returns the result from its watch. */
static gboolean stop(Copy *copy)
{
    g_main_loop_quit(copy->loop);
    return G_SOURCE_REMOVE;
}

static gboolean stop_with_error(Copy *copy, const End *end)
{
    error_prepend(&copy->error, "%s: ", end->spec);
    return stop(copy);
}

/* Writes what the destination takes without blocking; false on failure. */
static bool drain(Copy *copy)
{
    QIOChannel *ioc = copy->destination.ioc;

    while (copy->start < copy->end) {
        const char *data = copy->buffer + copy->start;
        ssize_t written = qio_channel_write(ioc, data, copy->end - copy->start,
                                            &copy->error);

        if (written == QIO_CHANNEL_ERR_BLOCK) {
            return true;
        }
        if (written < 0) {
            end_explain(&copy->destination, &copy->error);
            return false;
        }
        if (copy->checksum) {
            g_checksum_update(copy->checksum, (const guchar *)data, written);
        }
        copy->start += written;
        copy->copied += written;
    }
    return true;
}

static gboolean on_writable(G_GNUC_UNUSED QIOChannel *ioc,
                            G_GNUC_UNUSED GIOCondition condition,
                            gpointer opaque)
{
    Copy *copy = opaque;

    if (!drain(copy)) {
        return stop_with_error(copy, &copy->destination);
    }
    if (copy->start < copy->end) {
        return G_SOURCE_CONTINUE;
    }
    watch_source(copy);
    return G_SOURCE_REMOVE;
}

/* The watch passes the channel that it polls: below TLS, that of the socket. */
static gboolean on_readable(G_GNUC_UNUSED QIOChannel *ioc,
                            G_GNUC_UNUSED GIOCondition condition,
                            gpointer opaque)
{
    Copy *copy = opaque;
    ssize_t got = end_read(&copy->source, copy->buffer, BUFFER_SIZE,
                           &copy->error);

    if (got == QIO_CHANNEL_ERR_BLOCK) {
        return G_SOURCE_CONTINUE;
    }
    if (got < 0) {
        return stop_with_error(copy, &copy->source);
    }
    if (got == 0) {
        return stop(copy);
    }
    copy->start = 0;
    copy->end = got;
    if (!drain(copy)) {
        return stop_with_error(copy, &copy->destination);
    }
    if (copy->start == copy->end) {
        return G_SOURCE_CONTINUE;
    }
    watch_destination(copy);
    return G_SOURCE_REMOVE;
}

/* Copies until the source ends or something fails. */
static void run_loop(Copy *copy)
{
    guint timer = 0;

    copy->loop = g_main_loop_new(NULL, FALSE);
    copy->start_time = g_get_monotonic_time();
    if (copy->shows_progress) {
        timer = g_timeout_add(PROGRESS_INTERVAL_MS, on_progress, copy);
    }
    watch_source(copy);
    g_main_loop_run(copy->loop);
    g_main_loop_unref(copy->loop);
    if (timer) {
        g_source_remove(timer);
        print_progress(copy);
        fputc('\n', stderr);
    }
}

/* Closes an end; its error counts if it is the first. */
static void finish(Copy *copy, End *end)
{
    Error *error = NULL;

    if (!end_close(end, !copy->error, &error)) {
        error_prepend(&error, "%s: ", end->spec);
        /* Keeps the older one, if there is one. */
        error_propagate(&copy->error, error);
    }
}

bool copy_run(Copy *copy, Error **errp)
{
    bool good;

    copy->buffer = g_malloc(BUFFER_SIZE);
    run_loop(copy);
    g_clear_pointer(&copy->buffer, g_free);
    if (!copy->error) {
        finish(copy, &copy->source);
    }
    if (copy->start == copy->end) {
        /* Whatever the source said: what came from it is to arrive. */
        finish(copy, &copy->destination);
    }
    good = !copy->error;
    error_propagate(errp, copy->error);
    return good;
}
