/*
 * TLS channels and the command-line tools of GnuTLS and OpenSSL, each as client
 * and as server.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-link.h"
#include "testing.h"

#include "io/channel-socket.h"

#include <arpa/inet.h>

enum { PATIENCE = 1000 /* steps of 10 ms */ };

/* A tool that runs. */
typedef struct Tool {
    GPid pid;
    int input;
    int output;
} Tool;

/* Starts a tool in `dir`; false, with the test skipped, if it is not installed. */
static bool tool_start(Tool *tool, const char *dir, const char *command)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) argv = NULL;
    g_autofree char *program = NULL;

    g_assert_true(g_shell_parse_argv(command, NULL, &argv, NULL));
    program = g_find_program_in_path(argv[0]);
    if (!program) {
        g_autofree char *reason = g_strdup_printf("there is no %s", argv[0]);

        g_test_skip(reason);
        return false;
    }
    g_spawn_async_with_pipes(dir, argv, NULL,
                             G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                             G_SPAWN_STDERR_TO_DEV_NULL,
                             NULL, NULL, &tool->pid, &tool->input, &tool->output, NULL, &error);
    g_assert_no_error(error);
    return true;
}

static void tool_stop(Tool *tool)
{
    kill(tool->pid, SIGKILL);
    g_assert_cmpint(waitpid(tool->pid, NULL, 0), ==, tool->pid);
    g_spawn_close_pid(tool->pid);
    close(tool->input);
    close(tool->output);
}

/* Reads what the tool prints until `text` was there. */
static void tool_expect(Tool *tool, const char *text)
{
    g_autoptr(GString) printed = g_string_new(NULL);

    while (!strstr(printed->str, text)) {
        char buffer[512];
        ssize_t count = read(tool->output, buffer, sizeof(buffer));

        if (count <= 0) {
            g_error("the tool ended without '%s': %s", text, printed->str);
        }
        g_string_append_len(printed, buffer, count);
    }
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

/* A listening socket, and its port. */
static int listen_somewhere(uint16_t *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, length), ==, 0);
    g_assert_cmpint(listen(fd, 1), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &length), ==, 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Connects to a server that may need some time to start. */
static int connect_to(uint16_t port)
{
    struct sockaddr_in address = loopback(port);

    for (int i = 0; i < PATIENCE; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            return fd;
        }
        g_assert_cmpint(errno, ==, ECONNREFUSED);
        close(fd);
        g_usleep(10000);
    }
    g_error("nobody listens on port %u", port);
}

/* A TLS channel over a blocking socket, after its handshake. */
static QIOChannel *shake_hands(int fd, QCryptoTLSCreds *creds, bool is_server)
{
    QIOChannel *master = QIO_CHANNEL(qio_channel_socket_new_fd(fd, &error_abort));
    QIOChannelTLS *tls = is_server
        ? qio_channel_tls_new_server(master, creds, NULL, &error_abort)
        : qio_channel_tls_new_client(master, creds, "qemu.org", &error_abort);
    Ending ending = { 0 };

    object_unref(master);
    qio_channel_tls_handshake(tls, ending_func, &ending, NULL, NULL);
    g_assert_cmpuint(ending.calls, ==, 1);
    tls_no_error(ending.err);
    return QIO_CHANNEL(tls);
}

/* Connects to a tool that echoes, or reverses, what it is sent. */
static void check_tool_server(const char *command, const char *answer)
{
    char *dir = tls_make_x509_dir();
    g_autofree char *line = NULL;
    QCryptoTLSCreds *creds = tls_creds("x509", "client", &error_abort, "dir", dir, NULL);
    QIOChannel *tls;
    char buffer[8] = "";
    uint16_t port;
    Tool tool;

    /* A port that was free a moment ago. */
    close(listen_somewhere(&port));
    line = g_strdup_printf(command, port);
    if (tool_start(&tool, dir, line)) {
        tls = shake_hands(connect_to(port), creds, false);
        /* Three times, as session tickets and the like come in between. */
        for (int i = 0; i < 3; i++) {
            qio_channel_write_all(tls, "hello\n", 6, &error_abort);
            qio_channel_read_all(tls, buffer, 6, &error_abort);
            g_assert_cmpstr(buffer, ==, answer);
        }
        object_unref(tls);
        tool_stop(&tool);
    }
    tls_drop(creds);
    testing_remove_dir(dir);
}

#define FILES(role) "-CAfile ca-cert.pem -cert " role "-cert.pem -key " role "-key.pem "

static void test_openssl_server(void)
{
    check_tool_server("openssl s_server -rev -Verify 1 -verify_return_error -tls1_3 "
                      FILES("server") "-accept 127.0.0.1:%u", "olleh\n");
    check_tool_server("openssl s_server -rev -Verify 1 -verify_return_error -tls1_2 "
                      FILES("server") "-accept 127.0.0.1:%u", "olleh\n");
}

#define GNUTLS_FILES(role) "--x509cafile=ca-cert.pem --x509certfile=" role "-cert.pem " \
    "--x509keyfile=" role "-key.pem "

static void test_gnutls_server(void)
{
    check_tool_server("gnutls-serv --echo --quiet --require-client-cert "
                      "--verify-client-cert " GNUTLS_FILES("server") "-p %u", "hello\n");
    check_tool_server("gnutls-serv --echo --quiet --require-client-cert "
                      "--verify-client-cert --priority=NORMAL:-VERS-TLS1.3 "
                      GNUTLS_FILES("server") "-p %u", "hello\n");
}

/* A tool connects to us, and prints what we send. */
static void check_tool_client(const char *command)
{
    char *dir = tls_make_x509_dir();
    g_autofree char *line = NULL;
    QCryptoTLSCreds *creds = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    QIOChannel *tls;
    char buffer[8] = "";
    uint16_t port;
    int listener = listen_somewhere(&port);
    Tool tool;

    line = g_strdup_printf(command, port);
    if (tool_start(&tool, dir, line)) {
        tls = shake_hands(accept4(listener, NULL, NULL, SOCK_CLOEXEC), creds, true);
        g_assert_cmpint(write(tool.input, "hello\n", 6), ==, 6);
        qio_channel_read_all(tls, buffer, 6, &error_abort);
        g_assert_cmpstr(buffer, ==, "hello\n");
        qio_channel_write_all(tls, "from the channel\n", 17, &error_abort);
        tool_expect(&tool, "from the channel\n");
        object_unref(tls);
        tool_stop(&tool);
    }
    close(listener);
    tls_drop(creds);
    testing_remove_dir(dir);
}

static void test_openssl_client(void)
{
    check_tool_client("openssl s_client -quiet -verify_return_error -verify_hostname qemu.org "
                      "-tls1_3 " FILES("client") "-connect 127.0.0.1:%u");
    check_tool_client("openssl s_client -quiet -verify_return_error -verify_hostname qemu.org "
                      "-tls1_2 " FILES("client") "-connect 127.0.0.1:%u");
}

static void test_gnutls_client(void)
{
    check_tool_client("gnutls-cli --verify-hostname=qemu.org " GNUTLS_FILES("client")
                      "-p %u 127.0.0.1");
    check_tool_client("gnutls-cli --verify-hostname=qemu.org --priority=NORMAL:-VERS-TLS1.3 "
                      GNUTLS_FILES("client") "-p %u 127.0.0.1");
}

/* OpenSSL ends a connection properly, which is not an error. */
static void test_clean_end(void)
{
    char *dir = tls_make_x509_dir();
    g_autofree char *line = NULL;
    QCryptoTLSCreds *creds = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    uint16_t port;
    int listener = listen_somewhere(&port);
    char byte;
    Tool tool;

    line = g_strdup_printf("openssl s_client -quiet -no_ign_eof " FILES("client")
                           "-connect 127.0.0.1:%u", port);
    if (tool_start(&tool, dir, line)) {
        QIOChannel *tls = shake_hands(accept4(listener, NULL, NULL, SOCK_CLOEXEC), creds, true);

        g_assert_cmpint(write(tool.input, "Q\n", 2), ==, 2);
        g_assert_cmpint(qio_channel_read(tls, &byte, 1, &error_abort), ==, 0);
        g_assert_cmpint(qio_channel_read(tls, &byte, 1, &error_abort), ==, 0);
        object_unref(tls);
        tool_stop(&tool);
    }
    close(listener);
    tls_drop(creds);
    testing_remove_dir(dir);
}

/* A client asks for new keys so many times, and then says hello. */
static void check_key_updates(int updates, bool is_flood)
{
    char *dir = tls_make_x509_dir();
    g_autofree char *line = NULL;
    QCryptoTLSCreds *creds = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    uint16_t port;
    int listener = listen_somewhere(&port);
    char buffer[8] = "";
    Error *err = NULL;
    Tool tool;

    line = g_strdup_printf("openssl s_client -tls1_3 " FILES("client")
                           "-connect 127.0.0.1:%u", port);
    if (tool_start(&tool, dir, line)) {
        QIOChannel *tls = shake_hands(accept4(listener, NULL, NULL, SOCK_CLOEXEC), creds, true);

        for (int i = 0; i < updates; i++) {
            g_assert_cmpint(write(tool.input, i & 1 ? "k\n" : "K\n", 2), ==, 2);
            /* s_client takes a command only if it reads that line alone. */
            g_usleep(20000);
        }
        g_assert_cmpint(write(tool.input, "hello\n", 6), ==, 6);
        qio_channel_read_all(tls, buffer, 6, &err);
        if (is_flood) {
            tls_expect_error(err, "Cannot read from TLS channel: ");
        } else {
            tls_no_error(err);
            g_assert_cmpstr(buffer, ==, "hello\n");
            qio_channel_write_all(tls, "new keys\n", 9, &error_abort);
            tool_expect(&tool, "new keys\n");
        }
        object_unref(tls);
        tool_stop(&tool);
    }
    close(listener);
    tls_drop(creds);
    testing_remove_dir(dir);
}

/* No read fails, and no data is lost. */
static void test_key_updates(void)
{
    check_key_updates(5, false);
}

/* GnuTLS puts an end to that: the read fails, and does not go on for ever. */
static void test_key_update_flood(void)
{
    check_key_updates(30, true);
}

/* A client that wants to start all over, which TLS 1.2 has: an error, no hang. */
static void test_renegotiation(void)
{
    char *dir = tls_make_x509_dir();
    g_autofree char *line = NULL;
    QCryptoTLSCreds *creds = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    uint16_t port;
    int listener = listen_somewhere(&port);
    Error *err = NULL;
    char byte;
    Tool tool;

    line = g_strdup_printf("openssl s_client -tls1_2 " FILES("client")
                           "-connect 127.0.0.1:%u", port);
    if (tool_start(&tool, dir, line)) {
        QIOChannel *tls = shake_hands(accept4(listener, NULL, NULL, SOCK_CLOEXEC), creds, true);

        g_assert_cmpint(write(tool.input, "R\n", 2), ==, 2);
        g_assert_cmpint(qio_channel_read(tls, &byte, 1, &err), ==, -1);
        tls_expect_error(err, "Cannot read from TLS channel: ");
        object_unref(tls);
        tool_stop(&tool);
    }
    close(listener);
    tls_drop(creds);
    testing_remove_dir(dir);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    gnutls_global_init();
    testing_add("/tls/peers/openssl-server", test_openssl_server);
    testing_add("/tls/peers/gnutls-server", test_gnutls_server);
    testing_add("/tls/peers/openssl-client", test_openssl_client);
    testing_add("/tls/peers/gnutls-client", test_gnutls_client);
    testing_add("/tls/peers/clean-end", test_clean_end);
    testing_add("/tls/peers/key-updates", test_key_updates);
    testing_add("/tls/peers/key-update-flood", test_key_update_flood);
    testing_add("/tls/peers/renegotiation", test_renegotiation);
    return g_test_run();
}
