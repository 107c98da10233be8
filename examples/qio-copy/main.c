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

#include <locale.h>

#include "../common/streams.h"
#include "copy.h"
#include "end.h"
#include "io/channel.h"
#include "qapi/error.h"
#include "qemu/module.h"

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

static bool open_source(Copy *copy, const char *spec, Error **errp)
{
    if (!end_open(&copy->source, spec, true, &copy->tls, errp)) {
        error_prepend(errp, "%s: ", spec);
        return false;
    }
    return true;
}

static bool open_destination(Copy *copy, const char *spec, Error **errp)
{
    if (!end_open(&copy->destination, spec, false, &copy->tls, errp) ||
        !end_truncate(&copy->destination, &copy->source, errp)) {
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

static bool run_non_blocking(Copy *copy, Error **errp)
{
    bool good;

    keep_shared_flags(&copy->source, &copy->destination);
    good = make_non_blocking(&copy->source, errp) &&
           make_non_blocking(&copy->destination, errp) &&
           copy_run(copy, errp);
    restore_shared_flags();
    return good;
}

static bool copy_from_to(Copy *copy, const char *from, const char *to,
                         Error **errp)
{
    bool good = open_source(copy, from, errp) &&
                open_destination(copy, to, errp) &&
                run_non_blocking(copy, errp);

    end_drop(&copy->source);
    end_drop(&copy->destination);
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
    "  tcp:HOST:PORT, unix:PATH\n"
    "                   a connection to a server\n"
    "  tcp-listen:HOST:PORT, unix-listen:PATH\n"
    "                   the first client that connects\n"
    "  tls:…            one of these four with TLS, which needs --tls-creds\n"
    "  ws:…, wss:…      one of these four with WebSocket (binary frames, path /),\n"
    "                   or with WebSocket over TLS\n"
    "\n"
    "The credentials of TLS are ID,dir=DIRECTORY,… as QEMU's --object takes them:\n"
    "certificates unless qom-type=tls-creds-psk or qom-type=tls-creds-anon is in it.\n"
    "A server wants the client's certificate too, unless verify-peer=off is in it.\n"
    "The stream must end as TLS streams do: a connection that breaks is an error.\n"
    "A WebSocket stream ends with a Close frame that has the code 1000 or none.\n"
    "\n"
    "The exit status is 0 when everything was copied and every command succeeded,\n"
    "1 after an error, 2 when the arguments make no sense.";

int main(int argc, char **argv)
{
    gboolean version = FALSE, checksum = FALSE;
    Copy copy = { .shows_progress = isatty(STDERR_FILENO) };
    const GOptionEntry entries[] = {
        { "checksum", 'c', 0, G_OPTION_ARG_NONE, &checksum,
          "Print the SHA-256 of what was copied", NULL },
        { "tls-creds", 0, 0, G_OPTION_ARG_STRING, &copy.tls.creds,
          "The credentials for tls: and wss: ends", "ID,dir=DIRECTORY,…" },
        { "tls-hostname", 0, 0, G_OPTION_ARG_STRING, &copy.tls.hostname,
          "Whose certificate a TLS server must have, if not HOST's", "NAME" },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &version,
          "Print the version", NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) options =
        g_option_context_new("SOURCE DESTINATION - copy through channels");
    g_autoptr(GError) error = NULL;
    Error *err = NULL;
    bool good;

    streams_open();
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
    copy.checksum = checksum ? g_checksum_new(G_CHECKSUM_SHA256) : NULL;
    good = copy_from_to(&copy, argv[1], argv[2], &err);
    if (!good) {
        fprintf(stderr, "qio-copy: %s\n", error_get_pretty(err));
        error_free(err);
    } else if (checksum) {
        print_checksum(&copy);
    }
    g_clear_pointer(&copy.checksum, g_checksum_free);
    g_free(copy.tls.creds);
    g_free(copy.tls.hostname);
    return good ? 0 : 1;
}
