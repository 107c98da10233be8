/*
 * qio-copy: one end of a copy: a path, a descriptor, a command, a socket, TLS,
 * WebSocket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/layer.h"
#include "../common/place.h"
#include "end.h"
#include "io/channel-command.h"
#include "io/channel-file.h"
#include "io/channel-socket.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "websock.h"

/* How long a command that stopped reading gets to say why, in 10 ms steps. */
#define EXIT_GRACE_STEPS 100

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

static bool open_fd(End *end, const char *number, G_GNUC_UNUSED bool reading,
                    Error **errp)
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

/* Text that a program wants as an address: TCP or Unix. */
static SocketAddress *parse_address(const char *prefix, const char *rest,
                                    Error **errp)
{
    g_autofree char *text = g_strconcat(prefix, rest, NULL);

    return socket_parse(text, errp);
}

/* The same with a port, of which `least` is the first that makes sense. */
static SocketAddress *parse_tcp(const char *rest, int least, Error **errp)
{
    g_autoptr(SocketAddress) address = parse_address("tcp:", rest, errp);

    return address && place_has_port(&address->u.inet, least, errp) ?
        g_steal_pointer(&address) : NULL;
}

/* Notes who it is that the end is connected to. */
static void note_server(End *end, const InetSocketAddress *inet)
{
    bool has_colon = strchr(inet->host, ':');

    end->hostname = g_strdup(inet->host);
    end->authority = g_strdup_printf(has_colon ? "[%s]:%s" : "%s:%s",
                                     inet->host, inet->port);
}

static bool open_client(End *end, SocketAddress *address, Error **errp)
{
    QIOChannelSocket *client;

    if (!address) {
        return false;
    }
    client = qio_channel_socket_new();
    end->ioc = QIO_CHANNEL(client);
    if (address->type == SOCKET_ADDRESS_TYPE_INET) {
        note_server(end, &address->u.inet);
    }
    if (qio_channel_socket_connect_sync(client, address, errp) == -1) {
        end_drop(end);
        return false;
    }
    return true;
}

/* Waits for one client, and is gone for all others. */
static bool open_server(End *end, SocketAddress *address, Error **errp)
{
    g_autoptr(QIOChannelSocket) listener = NULL;
    QIOChannelSocket *client = NULL;

    if (!address) {
        return false;
    }
    listener = qio_channel_socket_new();
    if (place_is_free(address, errp) &&
        qio_channel_socket_listen_sync(listener, address, 1, errp) == 0) {
        client = qio_channel_socket_accept(listener, errp);
    }
    end->ioc = client ? QIO_CHANNEL(client) : NULL;
    return client;
}

static bool open_tcp(End *end, const char *rest, G_GNUC_UNUSED bool reading,
                     Error **errp)
{
    g_autoptr(SocketAddress) address = parse_tcp(rest, 1, errp);

    return open_client(end, address, errp);
}

static bool open_unix(End *end, const char *rest, G_GNUC_UNUSED bool reading,
                      Error **errp)
{
    g_autoptr(SocketAddress) address = parse_address("unix:", rest, errp);

    return open_client(end, address, errp);
}

static bool open_tcp_listen(End *end, const char *rest,
                            G_GNUC_UNUSED bool reading, Error **errp)
{
    g_autoptr(SocketAddress) address = parse_tcp(rest, 0, errp);

    return open_server(end, address, errp);
}

static bool open_unix_listen(End *end, const char *rest,
                             G_GNUC_UNUSED bool reading, Error **errp)
{
    g_autoptr(SocketAddress) address = parse_address("unix:", rest, errp);

    return open_server(end, address, errp);
}

typedef struct {
    const char *prefix;
    bool (*open)(End *end, const char *rest, bool reading, Error **errp);
    const char *endpoint; /* "client" or "server"; NULL: not a connection */
} Kind;

static const Kind kinds[] = {
    { "exec:", open_command, NULL },
    { "fd:", open_fd, NULL },
    { "tcp-listen:", open_tcp_listen, "server" },
    { "tcp:", open_tcp, "client" },
    { "unix-listen:", open_unix_listen, "server" },
    { "unix:", open_unix, "client" },
    { "", open_path, NULL },
};

/* What `spec` starts with; moves it behind that. */
static const Kind *find_kind(const char **spec)
{
    const Kind *kind = kinds;

    while (!g_str_has_prefix(*spec, kind->prefix)) {
        kind++;
    }
    *spec += strlen(kind->prefix);
    return kind;
}

/* Replaces the connection by TLS over it. */
static bool encrypt(End *end, QCryptoTLSCreds *creds, bool is_server,
                    const TlsOptions *options, Error **errp)
{
    QIOChannel *connection = end->ioc;
    const char *hostname = options->hostname ? options->hostname : end->hostname;

    end->ioc = tls_start(connection, creds, is_server, hostname, errp);
    object_unref(OBJECT(connection));
    return end->ioc;
}

/* Replaces the connection by WebSocket over it. */
static bool use_frames(End *end, bool is_server, Error **errp)
{
    QIOChannel *connection = end->ioc;
    const char *host = end->authority ? end->authority : "localhost";

    end->ioc = websock_start(connection, is_server, host, errp);
    object_unref(OBJECT(connection));
    return end->ioc;
}

static bool open_plain(End *end, const Kind *kind, const char *rest,
                       G_GNUC_UNUSED const TlsOptions *options, Error **errp)
{
    return kind->open(end, rest, end->is_source, errp);
}

static bool open_tls(End *end, const Kind *kind, const char *rest,
                     const TlsOptions *options, Error **errp)
{
    /* Before anybody connects. */
    QCryptoTLSCreds *creds = tls_make_creds(options, kind->endpoint, errp);
    bool good;

    if (!creds) {
        return false;
    }
    good = kind->open(end, rest, end->is_source, errp) &&
           encrypt(end, creds, g_str_equal(kind->endpoint, "server"), options,
                   errp);
    object_unref(OBJECT(creds));
    return good;
}

/* What can be around a connection. */
typedef struct {
    const char *prefix;
    bool (*open)(End *end, const Kind *kind, const char *rest,
                 const TlsOptions *options, Error **errp);
    bool has_frames;
} Wrapping;

static const Wrapping wrappings[] = {
    { "tls:", open_tls, false },
    { "ws:", open_plain, true },
    { "wss:", open_tls, true },
};

static bool open_wrapped(End *end, const Wrapping *wrapping, const char *rest,
                         const TlsOptions *options, Error **errp)
{
    const Kind *kind = find_kind(&rest);

    if (!kind->endpoint) {
        error_setg(errp, "'%s' goes before 'tcp:', 'tcp-listen:', 'unix:' or "
                         "'unix-listen:'", wrapping->prefix);
        return false;
    }
    if (!wrapping->open(end, kind, rest, options, errp)) {
        return false;
    }
    return !wrapping->has_frames ||
           use_frames(end, g_str_equal(kind->endpoint, "server"), errp);
}

bool end_open(End *end, const char *spec, bool reading, const TlsOptions *tls,
              Error **errp)
{
    const char *rest = spec;
    const Kind *kind;

    *end = (End){
        .spec = spec, .inherited = -1, .size = -1, .is_source = reading,
    };
    if (g_str_equal(spec, "-")) {
        return open_inherited(end, reading ? STDIN_FILENO : STDOUT_FILENO,
                              errp);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wrappings); i++) {
        if (g_str_has_prefix(spec, wrappings[i].prefix)) {
            rest += strlen(wrappings[i].prefix);
            return open_wrapped(end, &wrappings[i], rest, tls, errp);
        }
    }
    kind = find_kind(&rest);
    return kind->open(end, rest, reading, errp);
}

ssize_t end_read(End *end, char *buffer, size_t size, Error **errp)
{
    return layer_read(end->ioc, buffer, size, errp);
}

/* Ends the encrypted stream. A sender that got its say need not listen. */
static bool end_tls(End *end, Error **errp)
{
    return tls_say_goodbye(end->ioc, end->is_source ? NULL : errp) ||
           end->is_source;
}

bool end_close(End *end, bool is_complete, Error **errp)
{
    if (end->is_command &&
        !command_finish(QIO_CHANNEL_COMMAND(end->ioc), errp)) {
        return false;
    }
    if (!end->is_source && layer_is_websock(end->ioc)) {
        return websock_close(end->ioc, is_complete, errp);
    }
    if (is_complete && layer_is_tls(end->ioc) && !end_tls(end, errp)) {
        return false;
    }
    return qio_channel_close(end->ioc, errp) == 0;
}

bool end_truncate(const End *destination, const End *end_source, Error **errp)
{
    int fd;
    struct stat to, from;
    Object *source = OBJECT(end_source->ioc);

    if (destination->inherited != -1 ||
        !object_dynamic_cast(OBJECT(destination->ioc), TYPE_QIO_CHANNEL_FILE)) {
        return true;
    }
    fd = QIO_CHANNEL_FILE(destination->ioc)->fd;
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

void end_explain(End *end, Error **error)
{
    if (end->is_command) {
        command_explain(QIO_CHANNEL_COMMAND(end->ioc), error);
    }
}

void end_drop(End *end)
{
    if (end->ioc) {
        object_unref(OBJECT(end->ioc));
        end->ioc = NULL;
    }
    g_clear_pointer(&end->hostname, g_free);
    g_clear_pointer(&end->authority, g_free);
}
