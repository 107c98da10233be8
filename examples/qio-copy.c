/*
 * qio-copy: copies bytes from one place to another through channels.
 *
 * An example of the library's use from plain C: channels of several classes,
 * non-blocking reads and writes, watches on a GMainContext, errors; and a tool
 * that is useful on its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel.h"
#include "qapi/error.h"
#include "qom/object.h"

#define BUFFER_SIZE (128 * 1024)
#define PROGRESS_INTERVAL_MS 200
/* How long a command that stopped reading gets to say why, in 10 ms steps. */
#define EXIT_GRACE_STEPS 100

/* One end of the copy. */
typedef struct {
    const char *spec; /* as on the command line */
    QIOChannel *ioc;
    bool is_command;
    int inherited;   /* descriptor that other processes may share, or -1 */
    int saved_flags; /* its status flags at the start */
    goffset size;    /* bytes to come, or -1 if nobody knows */
} End;

/* A copy in progress. */
typedef struct {
    End source;
    End destination;
    char *buffer;
    size_t start, end; /* read and not yet written: [start, end) of buffer */
    goffset copied;
    GChecksum *checksum;
    GMainLoop *loop;
    Error *error;
    gint64 start_time;
    bool shows_progress;
} Copy;

/*
 * O_NONBLOCK belongs to the open file, which inherited descriptors share with
 * other processes: it must be as it was when this program is gone, whether it
 * ends or is killed.
 */

static struct {
    int fd;
    int flags;
} shared_flags[2] = { { -1, 0 }, { -1, 0 } };

static void restore_shared_flags(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shared_flags); i++) {
        if (shared_flags[i].fd != -1) {
            (void)fcntl(shared_flags[i].fd, F_SETFL, shared_flags[i].flags);
        }
    }
}

static void restore_and_die(int number)
{
    restore_shared_flags();
    /* The handler is gone by now: this ends the process as it would have. */
    raise(number);
}

/* To be called when both ends are open and none is non-blocking yet. */
static void keep_shared_flags(const End *source, const End *destination)
{
    static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };
    struct sigaction action = {
        .sa_handler = restore_and_die,
        .sa_flags = SA_RESETHAND | SA_RESTART,
    };

    shared_flags[0].flags = source->saved_flags;
    shared_flags[0].fd = source->inherited;
    shared_flags[1].flags = destination->saved_flags;
    shared_flags[1].fd = destination->inherited;
    for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++) {
        struct sigaction current;

        /* nohup and background jobs ignore some of them: so be it. */
        if (sigaction(deadly[i], NULL, &current) == 0 &&
            current.sa_handler != SIG_IGN) {
            sigaction(deadly[i], &action, NULL);
        }
    }
}

/*
 * Commands.
 */

static bool check_exit(const siginfo_t *info, Error **errp)
{
    if (info->si_code != CLD_EXITED) {
        error_setg(errp, "the command was killed by signal %d (%s)",
                   info->si_status, strsignal(info->si_status));
        return false;
    }
    if (info->si_status != 0) {
        error_setg(errp, "the command failed with exit status %d",
                   info->si_status);
        return false;
    }
    return true;
}

/* Lets the command see the end of its input. */
static void command_end_input(QIOChannelCommand *command)
{
    if (command->writefd != -1) {
        close(command->writefd);
        command->writefd = -1;
    }
}

/*
 * Waits until the command is done and looks at how it ended. It stays waitable:
 * closing the channel reaps it, and throws the exit status away.
 */
static bool command_finish(QIOChannelCommand *command, Error **errp)
{
    siginfo_t info = { 0 };

    command_end_input(command);
    while (waitid(P_PID, command->pid, &info, WEXITED | WNOWAIT) == -1) {
        if (errno != EINTR) {
            error_setg_errno(errp, errno, "cannot wait for the command");
            return false;
        }
    }
    return check_exit(&info, errp);
}

/*
 * Replaces a failed write's error by what became of the command, if it ends
 * soon: "broken pipe" is the symptom, its exit is the cause.
 */
static void command_explain(QIOChannelCommand *command, Error **error)
{
    siginfo_t info = { 0 };
    Error *reason = NULL;

    command_end_input(command);
    for (int i = 0; i < EXIT_GRACE_STEPS && info.si_pid == 0; i++) {
        if (waitid(P_PID, command->pid, &info,
                   WEXITED | WNOWAIT | WNOHANG) == -1) {
            return;
        }
        if (info.si_pid == 0) {
            g_usleep(10 * 1000);
        }
    }
    if (info.si_pid == 0) {
        return;
    }
    if (check_exit(&info, &reason)) {
        error_setg(&reason, "the command ended before it had read everything");
    }
    error_free(*error);
    *error = reason;
}

/*
 * Opening and closing ends. A new kind of place is one more open_…() function
 * and one more line in `kinds`.
 */

/* How much a regular file still has to give; -1 for everything else. */
static goffset remaining_size(int fd)
{
    struct stat status;
    off_t position;

    if (fstat(fd, &status) == -1 || !S_ISREG(status.st_mode)) {
        return -1;
    }
    position = lseek(fd, 0, SEEK_CUR);
    return position == -1 ? -1 : MAX(status.st_size - position, 0);
}

static bool open_path(End *end, const char *path, bool reading, Error **errp)
{
    /* No O_TRUNC: the file may turn out to be the source. */
    int flags = reading ? O_RDONLY : O_WRONLY | O_CREAT | O_NOCTTY;
    QIOChannelFile *file = qio_channel_file_new_path(path, flags, 0666, errp);

    if (!file) {
        return false;
    }
    end->ioc = QIO_CHANNEL(file);
    end->size = remaining_size(file->fd);
    return true;
}

/* The channel gets a copy of the descriptor, as it will close it. */
static bool open_inherited(End *end, int fd, Error **errp)
{
    int flags = fcntl(fd, F_GETFL);
    int copy = flags == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);

    if (copy == -1) {
        error_setg_errno(errp, errno, "cannot use descriptor %d", fd);
        return false;
    }
    end->ioc = QIO_CHANNEL(qio_channel_file_new_fd(copy));
    end->inherited = fd;
    end->saved_flags = flags;
    end->size = remaining_size(fd);
    return true;
}

static bool open_fd(End *end, const char *number, bool reading, Error **errp)
{
    guint64 fd;

    if (!g_ascii_string_to_unsigned(number, 10, 0, INT_MAX, &fd, NULL)) {
        error_setg(errp, "'%s' is not the number of a descriptor", number);
        return false;
    }
    return open_inherited(end, fd, errp);
}

static bool open_command(End *end, const char *line, bool reading,
                         Error **errp)
{
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    QIOChannelCommand *command;
    char *program;

    if (!g_shell_parse_argv(line, NULL, &argv, &error)) {
        error_setg(errp, "%s", error->message);
        return false;
    }
    program = g_find_program_in_path(argv[0]);
    if (!program) {
        error_setg(errp, "there is no program '%s'", argv[0]);
        return false;
    }
    g_free(argv[0]);
    argv[0] = program;
    command = qio_channel_command_new_spawn((const char *const *)argv,
                                            reading ? O_RDONLY : O_WRONLY,
                                            errp);
    if (!command) {
        return false;
    }
    end->ioc = QIO_CHANNEL(command);
    end->is_command = true;
    return true;
}

static const struct {
    const char *prefix;
    bool (*open)(End *end, const char *rest, bool reading, Error **errp);
} kinds[] = {
    { "exec:", open_command },
    { "fd:", open_fd },
    { "", open_path },
};

static bool end_open(End *end, const char *spec, bool reading, Error **errp)
{
    size_t kind = 0;

    *end = (End){ .spec = spec, .inherited = -1, .size = -1 };
    if (g_str_equal(spec, "-")) {
        return open_inherited(end, reading ? STDIN_FILENO : STDOUT_FILENO,
                              errp);
    }
    while (!g_str_has_prefix(spec, kinds[kind].prefix)) {
        kind++;
    }
    return kinds[kind].open(end, spec + strlen(kinds[kind].prefix), reading,
                            errp);
}

/* Closes the end properly: only now is it known whether all went well. */
static bool end_close(End *end, Error **errp)
{
    if (end->is_command &&
        !command_finish(QIO_CHANNEL_COMMAND(end->ioc), errp)) {
        return false;
    }
    return qio_channel_close(end->ioc, errp) == 0;
}

/* Empties a destination given as a path, unless it is the source. */
static bool truncate_destination(const Copy *copy, Error **errp)
{
    int fd;
    struct stat to, from;
    Object *source = OBJECT(copy->source.ioc);

    if (copy->destination.is_command || copy->destination.inherited != -1) {
        return true;
    }
    fd = QIO_CHANNEL_FILE(copy->destination.ioc)->fd;
    if (fstat(fd, &to) == -1 || !S_ISREG(to.st_mode)) {
        return true;
    }
    if (object_dynamic_cast(source, TYPE_QIO_CHANNEL_FILE) &&
        fstat(QIO_CHANNEL_FILE(source)->fd, &from) == 0 &&
        from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
        error_setg(errp, "is the same file as the source");
        return false;
    }
    if (ftruncate(fd, 0) == -1) {
        error_setg_errno(errp, errno, "cannot empty the file");
        return false;
    }
    return true;
}

/*
 * Progress.
 */

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
            if (copy->destination.is_command) {
                command_explain(QIO_CHANNEL_COMMAND(ioc), &copy->error);
            }
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

static gboolean on_writable(QIOChannel *ioc, GIOCondition condition,
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

static gboolean on_readable(QIOChannel *ioc, GIOCondition condition,
                            gpointer opaque)
{
    Copy *copy = opaque;
    ssize_t got = qio_channel_read(ioc, copy->buffer, BUFFER_SIZE,
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

/* Runs the copy; true if all of the source has arrived at the destination. */
static bool copy_run(Copy *copy)
{
    guint timer = 0;
    bool good;

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
    if (copy->error) {
        return false;
    }
    good = end_close(&copy->source, &copy->error);
    if (!good) {
        error_prepend(&copy->error, "%s: ", copy->source.spec);
    }
    /* The destination gets its end of file in any case. */
    if (!end_close(&copy->destination, good ? &copy->error : NULL) && good) {
        error_prepend(&copy->error, "%s: ", copy->destination.spec);
        good = false;
    }
    return good;
}

static bool prepare_end(Copy *copy, End *end, const char *spec, Error **errp)
{
    bool reading = end == &copy->source;

    if (!end_open(end, spec, reading, errp) ||
        (!reading && !truncate_destination(copy, errp))) {
        error_prepend(errp, "%s: ", spec);
        return false;
    }
    return true;
}

static bool make_non_blocking(End *end, Error **errp)
{
    if (qio_channel_set_blocking(end->ioc, false, errp) == -1) {
        error_prepend(errp, "%s: ", end->spec);
        return false;
    }
    return true;
}

static bool copy_all(Copy *copy, const char *from, const char *to)
{
    bool good = prepare_end(copy, &copy->source, from, &copy->error) &&
                prepare_end(copy, &copy->destination, to, &copy->error);

    if (good) {
        keep_shared_flags(&copy->source, &copy->destination);
        good = make_non_blocking(&copy->source, &copy->error) &&
               make_non_blocking(&copy->destination, &copy->error) &&
               copy_run(copy);
        restore_shared_flags();
    }
    if (copy->source.ioc) {
        object_unref(OBJECT(copy->source.ioc));
    }
    if (copy->destination.ioc) {
        object_unref(OBJECT(copy->destination.ioc));
    }
    return good;
}

static void print_checksum(const Copy *copy)
{
    FILE *stream =
        copy->destination.inherited == STDOUT_FILENO ? stderr : stdout;

    fprintf(stream, "%s  %s\n", g_checksum_get_string(copy->checksum),
            copy->source.spec);
}

static const char description[] =
    "SOURCE and DESTINATION are one of:\n"
    "  PATH             a file, device, FIFO, …; a destination is created or emptied\n"
    "  -                standard input or output\n"
    "  fd:N             descriptor N, inherited from the caller\n"
    "  exec:COMMAND …   the output or input of a command, quoted as in a shell\n"
    "\n"
    "The exit status is 0 when everything was copied and every command succeeded,\n"
    "1 after an error, 2 when the arguments make no sense.";

int main(int argc, char **argv)
{
    gboolean version = FALSE, checksum = FALSE;
    const GOptionEntry entries[] = {
        { "checksum", 'c', 0, G_OPTION_ARG_NONE, &checksum,
          "Print the SHA-256 of what was copied", NULL },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &version,
          "Print the version", NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) options =
        g_option_context_new("SOURCE DESTINATION - copy through channels");
    g_autoptr(GError) error = NULL;
    Copy copy = { .shows_progress = isatty(STDERR_FILENO) };
    bool good;

    setlocale(LC_ALL, "");
    g_option_context_add_main_entries(options, entries, NULL);
    g_option_context_set_description(options, description);
    if (!g_option_context_parse(options, &argc, &argv, &error)) {
        fprintf(stderr, "qio-copy: %s\n", error->message);
        return 2;
    }
    if (version) {
        printf("qio-copy (libqiochannel) %s\n", QIO_COPY_VERSION);
        return 0;
    }
    if (argc != 3) {
        fprintf(stderr, "qio-copy: SOURCE and DESTINATION are needed; see "
                        "qio-copy --help\n");
        return 2;
    }

    module_call_init(MODULE_INIT_QOM);
    copy.buffer = g_malloc(BUFFER_SIZE);
    copy.checksum = checksum ? g_checksum_new(G_CHECKSUM_SHA256) : NULL;
    good = copy_all(&copy, argv[1], argv[2]);
    if (!good) {
        fprintf(stderr, "qio-copy: %s\n", error_get_pretty(copy.error));
        error_free(copy.error);
    } else if (checksum) {
        print_checksum(&copy);
    }
    g_clear_pointer(&copy.checksum, g_checksum_free);
    g_free(copy.buffer);
    return good ? 0 : 1;
}
