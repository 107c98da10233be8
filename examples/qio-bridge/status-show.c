/*
 * qio-bridge: showing the table of a running bridge.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "io/channel-socket.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "status.h"
#include "status-format.h"

/* More than any table is long. */
#define TEXT_MAX (64 * 1024 * 1024)

/* Clears a terminal, and makes its text stand out. */
#define CLEAR "\033[H\033[J"
#define STRONG "\033[1m"
#define NORMAL "\033[0m"

/* What is shown, and how. */
typedef struct {
    bool on_terminal;
    gint64 last_time;      /* of the table before; 0 if there is none */
    GHashTable *last_sums; /* connection -> its bytes in that table */
    GHashTable *sums;
} Show;

static bool read_to_end(QIOChannel *ioc, GString *text, Error **errp)
{
    char buffer[4096];
    ssize_t got;

    while ((got = qio_channel_read(ioc, buffer, sizeof(buffer), errp)) > 0) {
        g_string_append_len(text, buffer, got);
        if (text->len > TEXT_MAX) {
            error_setg(errp, "the table is too long");
            return false;
        }
    }
    return got == 0;
}

/* The lines between the first and the last one; NULL with *errp set. */
static GStrv split_table(const char *text, Error **errp)
{
    static const char start[] = STATUS_FIRST_LINE "\n";
    static const char end[] = STATUS_LAST_LINE "\n";
    g_autofree char *middle = NULL;

    if (!g_str_has_prefix(text, start) ||
        !g_str_has_suffix(text, "\n" STATUS_LAST_LINE "\n")) {
        error_setg(errp, "what is there does not speak like a bridge of this version");
        return NULL;
    }
    middle = g_strndup(text + strlen(start), strlen(text) - strlen(start) - strlen(end));
    return g_strsplit(middle, "\n", -1);
}

static GStrv ask(const char *path, Error **errp)
{
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_UNIX,
        .u.q_unix.path = (char *)path,
    };
    g_autoptr(QIOChannelSocket) socket = qio_channel_socket_new();
    g_autoptr(GString) text = g_string_new(NULL);

    if (qio_channel_socket_connect_sync(socket, &address, errp) == -1 ||
        !read_to_end(QIO_CHANNEL(socket), text, errp)) {
        return NULL;
    }
    return split_table(text->str, errp);
}

/* Bytes for people; GLib's no-break space is no more than a space in a table. */
static char *format_size(guint64 size)
{
    g_autofree char *text = g_format_size_full(size, G_FORMAT_SIZE_IEC_UNITS);
    g_auto(GStrv) parts = g_strsplit(text, "\u00a0", -1);

    return g_strjoinv(" ", parts);
}

static char *format_age(gint64 microseconds)
{
    gint64 seconds = microseconds / G_USEC_PER_SEC;

    return g_strdup_printf("%" G_GINT64_FORMAT ":%02d:%02d", seconds / 3600,
                           (int)(seconds / 60 % 60), (int)(seconds % 60));
}

/* Bytes in a second: since the last table, or else since the connection came. */
static guint64 find_rate(Show *show, const char *id, guint64 sum, gint64 age, gint64 now)
{
    guint64 *last = g_hash_table_lookup(show->last_sums, id);
    gint64 span = last ? now - show->last_time : age;
    guint64 bytes = last ? sum - MIN(*last, sum) : sum;

    g_hash_table_insert(show->sums, g_strdup(id), g_memdup2(&sum, sizeof(sum)));
    return span > 0 ? (double)bytes * G_USEC_PER_SEC / span : 0;
}

/* One line of the table; nothing if it is not understood. */
static void append_row(Show *show, GString *table, const char *line, gint64 now)
{
    g_auto(GStrv) fields = g_strsplit(line, "\t", -1);
    g_autofree char *received = NULL, *sent = NULL, *rate = NULL, *age = NULL;
    guint64 in, out;
    gint64 microseconds;

    if (g_strv_length(fields) != STATUS_FIELDS) {
        return;
    }
    in = g_ascii_strtoull(fields[STATUS_RECEIVED], NULL, 10);
    out = g_ascii_strtoull(fields[STATUS_SENT], NULL, 10);
    microseconds = g_ascii_strtoll(fields[STATUS_AGE], NULL, 10);
    received = format_size(in);
    sent = format_size(out);
    rate = format_size(find_rate(show, fields[STATUS_ID], in + out, microseconds, now));
    age = format_age(microseconds);
    g_string_append_printf(table, "%-28s %-28s %-12s %11s %11s %9s/s %9s\n",
                           fields[STATUS_PEER], fields[STATUS_LISTENER],
                           fields[STATUS_STATE], received, sent, rate, age);
}

static char *format_table(Show *show, const GStrv lines)
{
    GString *table = g_string_new(NULL);
    gint64 now = g_get_monotonic_time();
    guint count = g_strv_length(lines);
    /* There is nothing behind the last line's end. */
    guint connections = count ? count - 1 : 0;

    show->sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_string_append_printf(table, "%u connection%s\n", connections,
                           connections == 1 ? "" : "s");
    g_string_append_printf(table, "%s%-28s %-28s %-12s %11s %11s %11s %9s%s\n",
                           show->on_terminal ? STRONG : "", "PEER", "LISTENER", "STATE",
                           "IN", "OUT", "RATE", "AGE", show->on_terminal ? NORMAL : "");
    for (guint i = 0; i < connections; i++) {
        append_row(show, table, lines[i], now);
    }
    g_hash_table_unref(show->last_sums);
    show->last_sums = g_steal_pointer(&show->sums);
    show->last_time = now;
    return g_string_free(table, FALSE);
}

/* As many lines as the terminal has, so that the first ones stay. */
static void cut_to_screen(char *table)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_row == 0) {
        return;
    }
    for (int row = 1; row < size.ws_row; row++) {
        table = strchr(table, '\n');
        if (!table) {
            return;
        }
        table++;
    }
    *table = '\0';
}

static bool show_once(Show *show, const char *path, bool in_place, Error **errp)
{
    g_auto(GStrv) lines = ask(path, errp);
    g_autofree char *table = NULL;

    if (!lines) {
        return false;
    }
    table = format_table(show, lines);
    if (in_place) {
        cut_to_screen(table);
        fputs(CLEAR, stdout);
    }
    fputs(table, stdout);
    if (fflush(stdout) == EOF) {
        error_setg_errno(errp, errno, "cannot print the table");
        return false;
    }
    return true;
}

bool status_show(const char *path, bool once, Error **errp)
{
    Show show = {
        .on_terminal = isatty(STDOUT_FILENO),
        .last_sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    bool in_place = show.on_terminal && !once;
    bool good = show_once(&show, path, in_place, errp);

    while (good && in_place) {
        g_usleep(G_USEC_PER_SEC);
        good = show_once(&show, path, in_place, errp);
    }
    g_hash_table_unref(show.last_sums);
    return good;
}
