/*
 * The sockets runtime: addresses as text, connecting, listening.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <linux/netlink.h>
#include <linux/vm_sockets.h>

#include "failures.h"
#include "qapi/clone-visitor.h"
#include "qapi/error.h"
#include "qapi/qapi-visit-sockets.h"
#include "qemu/sockets.h"
#include "sockets-helpers.h"
#include "testing.h"

/* The monitor of this program: it knows one descriptor by name. */

typedef struct Monitor Monitor;

static int monitor_fd = -1;

Monitor *monitor_cur(void);
int monitor_get_fd(Monitor *mon, const char *fdname, Error **errp);

Monitor *monitor_cur(void)
{
    return monitor_fd == -1 ? NULL : (Monitor *)&monitor_fd;
}

int monitor_get_fd(Monitor *mon, const char *fdname, Error **errp)
{
    g_assert_true(mon == (Monitor *)&monitor_fd);
    if (!g_str_equal(fdname, "known")) {
        error_setg(errp, "No file descriptor named %s found", fdname);
        return -1;
    }
    return fcntl(monitor_fd, F_DUPFD_CLOEXEC, 3);
}

static void assert_error(Error **err, const char *part)
{
    g_assert_nonnull(*err);
    if (!strstr(error_get_pretty(*err), part)) {
        g_error("'%s' is not in '%s'", part, error_get_pretty(*err));
    }
    error_free(*err);
    *err = NULL;
}

/*
 * Text.
 */

static void test_layout(void)
{
    g_assert_cmpint(sizeof(SocketAddressLegacy), ==, 16);
    g_assert_cmpint(sizeof(InetSocketAddressBase), ==, 16);
    g_assert_cmpint(sizeof(InetSocketAddressBaseList), ==, 16);
    g_assert_cmpint(SOCKET_ADDRESS_TYPE__MAX, ==, 4);
    g_assert_cmpint(NETWORK_ADDRESS_FAMILY__MAX, ==, 5);
    g_assert_cmpint(SocketAddressType_lookup.size, ==, 4);
    g_assert_cmpstr(SocketAddressType_lookup.array[2], ==, "vsock");
    g_assert_cmpint(NetworkAddressFamily_lookup.size, ==, 5);
    g_assert_cmpstr(NetworkAddressFamily_lookup.array[4], ==, "unknown");
    g_assert_null(NetworkAddressFamily_lookup.special_features);
    g_assert_cmpint(inet_netfamily(AF_INET), ==, NETWORK_ADDRESS_FAMILY_IPV4);
    g_assert_cmpint(inet_netfamily(AF_INET6), ==, NETWORK_ADDRESS_FAMILY_IPV6);
    g_assert_cmpint(inet_netfamily(AF_UNIX), ==, NETWORK_ADDRESS_FAMILY_UNIX);
    g_assert_cmpint(inet_netfamily(AF_VSOCK), ==,
                    NETWORK_ADDRESS_FAMILY_VSOCK);
    g_assert_cmpint(inet_netfamily(AF_NETLINK), ==,
                    NETWORK_ADDRESS_FAMILY_UNKNOWN);
}

static void test_parse_inet_accepts(void)
{
    static const struct {
        const char *text, *host, *port;
    } cases[] = {
        { ":5", "", "5" },
        { "h:5", "h", "5" },
        { "h:5,", "h", "5" },
        { "h:5,,ipv4", "h", "5" },
        { "h:5 trailing", "h", "5 trailing" },
        { "h:http", "h", "http" },
        { "[::1]:5", "::1", "5" },
        { "a,b:5", "a,b", "5" },
        { "h:5:6", "h", "5:6" },
        { "0123456789012345678901234567890123456789012345678901234567890123:5",
          "0123456789012345678901234567890123456789012345678901234567890123",
          "5" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        InetSocketAddress address;

        memset(&address, 0xff, sizeof(address));
        g_assert_cmpint(inet_parse(&address, cases[i].text, &error_abort), ==, 0);
        g_assert_cmpstr(address.host, ==, cases[i].host);
        g_assert_cmpstr(address.port, ==, cases[i].port);
        g_assert_false(address.has_numeric || address.has_to ||
                       address.has_ipv6 || address.has_keep_alive ||
                       address.has_mptcp);
        g_free(address.host);
        g_free(address.port);
    }
}

static void test_parse_inet_options(void)
{
    InetSocketAddress a;

    inet_parse(&a, "h:5,to= +10,ipv4,ipv6=off,keep-alive=on,mptcp,numeric=on",
               &error_abort);
    g_assert_true(a.has_to && a.to == 10);
    g_assert_true(a.has_ipv4 && a.ipv4 && a.has_ipv6 && !a.ipv6);
    g_assert_true(a.has_keep_alive && a.keep_alive && a.has_mptcp && a.mptcp);
    g_assert_true(a.has_numeric && a.numeric);
    g_free(a.host);
    g_free(a.port);

    inet_parse(&a, "h:5,to=7,to=8,ipv4=off,ipv4", &error_abort);
    g_assert_true(a.to == 7 && a.has_ipv4 && !a.ipv4);
    g_free(a.host);
    g_free(a.port);
}

static void test_parse_inet_long_host(void)
{
    g_autofree char *host = g_strnfill(200, 'h');
    g_autofree char *port = g_strnfill(40, '1');
    g_autofree char *text = g_strdup_printf("%s:%s", host, port);
    g_autofree char *bracketed = g_strdup_printf("[%s]:%s", host, port);
    g_autoptr(SocketAddress) plain = socket_parse(text, &error_abort);
    g_autoptr(SocketAddress) other = socket_parse(bracketed, &error_abort);

    g_assert_cmpstr(plain->u.inet.host, ==, host);
    g_assert_cmpstr(plain->u.inet.port, ==, port);
    g_assert_cmpstr(other->u.inet.host, ==, host);
}

static void test_parse_rejects(void)
{
    static const char *const texts[] = {
        "",            ":",           "x:",           "[]:5",
        "[::1]",       "[::1]5",      "x",            "[x:5",
        "h:,ipv4",     "unix:",       "fd:",          "vsock:",
        "vsock:1",     "vsock:1:",    "vsock::1",     "vsock:1:2,x",
        "h:5,to=5x",   "h:5,to=70000", "h:5,to=-1",   "h:5,to",
        "h:5,to=",     "h:5,ipv4=maybe", "h:5,ipv4=on,,x", "h:5,ipv4,,x",
        "h:5,ipv4foo", "h:5,bogus",   "h:5,bogus=on", "h:5,ipv4=",
        "vsock:111111111111111111111111111111111:1",
        "vsock:1:111111111111111111111111111111111",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Error *err = NULL;
        SocketAddress *address = socket_parse(texts[i], &err);

        if (address || !err) {
            g_error("'%s' was accepted", texts[i]);
        }
        error_free(err);
        g_assert_null(socket_parse(texts[i], NULL));
    }
}

static void test_parse_names_the_culprit(void)
{
    Error *err = NULL;

    socket_parse("h:5,ipv4,bogus=3", &err);
    assert_error(&err, "bogus=3");
    socket_parse("h:5,to=70000", &err);
    assert_error(&err, "to=70000");
    socket_parse("justahost", &err);
    assert_error(&err, "justahost");
}

static void test_parse_prefixes(void)
{
    static const struct {
        const char *text, *uri;
        SocketAddressType type;
    } cases[] = {
        { "unix:/a,b=c,ipv4", "unix:/a,b=c,ipv4", SOCKET_ADDRESS_TYPE_UNIX },
        { "fd:name", "fd:name", SOCKET_ADDRESS_TYPE_FD },
        { "vsock:a:b", "vsock:a:b", SOCKET_ADDRESS_TYPE_VSOCK },
        { "tcp:h:5,ipv4", "tcp:h:5", SOCKET_ADDRESS_TYPE_INET },
        { "[::1]:5", "tcp:::1:5", SOCKET_ADDRESS_TYPE_INET },
        { "Unix:5", "tcp:Unix:5", SOCKET_ADDRESS_TYPE_INET },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(SocketAddress) address =
            socket_parse(cases[i].text, &error_abort);
        g_autofree char *uri = socket_uri(address);

        g_assert_cmpint(address->type, ==, cases[i].type);
        g_assert_cmpstr(uri, ==, cases[i].uri);
    }
}

/*
 * Families.
 */

static void test_family_matrix(void)
{
    /* -1: not given */
    static const struct {
        int ipv4, ipv6, family, wildcard;
    } cases[] = {
        { -1, -1, PF_UNSPEC, PF_UNSPEC }, { -1, 0, PF_INET, PF_INET },
        { -1, 1, PF_INET6, PF_INET6 },    { 0, -1, PF_INET6, PF_INET6 },
        { 0, 0, -1, -1 },                 { 0, 1, PF_INET6, PF_INET6 },
        { 1, -1, PF_INET, PF_INET },      { 1, 0, PF_INET, PF_INET },
        { 1, 1, PF_UNSPEC, PF_INET6 },
    };
    char name[] = "host", empty[] = "";
    char *hosts[] = { name, empty, NULL };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(hosts); j++) {
            InetSocketAddress address = {
                .host = hosts[j],
                .has_ipv4 = cases[i].ipv4 >= 0, .ipv4 = cases[i].ipv4 == 1,
                .has_ipv6 = cases[i].ipv6 >= 0, .ipv6 = cases[i].ipv6 == 1,
            };
            Error *err = NULL;
            int family = inet_ai_family_from_address(&address, &err);
            int expected = j ? cases[i].wildcard : cases[i].family;

            if (expected == -1) {
                g_assert_cmpint(family, ==, PF_UNSPEC);
                error_free_or_abort(&err);
            } else {
                g_assert_null(err);
                g_assert_cmpint(family, ==, expected);
            }
        }
    }
}

/*
 * TCP.
 */

static int option_of(int fd, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof(value);

    g_assert_cmpint(getsockopt(fd, level, option, &value, &size), ==, 0);
    return value;
}

static int listen_text(const char *text, Error **errp)
{
    g_autoptr(SocketAddress) address = socket_parse(text, &error_abort);

    return socket_listen(address, 5, errp);
}

static int connect_text(const char *text, Error **errp)
{
    g_autoptr(SocketAddress) address = socket_parse(text, &error_abort);

    return socket_connect(address, errp);
}

static void assert_listens(const char *text, int family, int v6only)
{
    int fd = listen_text(text, &error_abort);

    g_assert_cmpint(option_of(fd, SOL_SOCKET, SO_DOMAIN), ==, family);
    g_assert_cmpint(option_of(fd, SOL_SOCKET, SO_REUSEADDR), ==, 1);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    g_assert_cmpint(fcntl(fd, F_GETFL) & O_NONBLOCK, ==, 0);
    if (family == AF_INET6) {
        g_assert_cmpint(option_of(fd, IPPROTO_IPV6, IPV6_V6ONLY), ==, v6only);
    }
    close(fd);
}

static void test_dual_stack(void)
{
    if (!sockets_have_ipv6()) {
        g_test_skip("this machine has no IPv6");
        return;
    }
    assert_listens(":0", AF_INET, 0);
    assert_listens(":0,ipv6", AF_INET6, 1);
    assert_listens(":0,ipv4=off", AF_INET6, 1);
    assert_listens(":0,ipv4,ipv6", AF_INET6, 0);
    assert_listens("[::]:0", AF_INET6, 0);
    assert_listens(":0,ipv6=off", AF_INET, 0);
    assert_listens(":0,ipv4", AF_INET, 0);
    assert_listens(":0,ipv4=off,ipv6", AF_INET6, 1);
    assert_listens(":0,ipv4,ipv6=off", AF_INET, 0);
}

static void test_ipv6_gives_way_to_ipv4(void)
{
    int v4, v6;
    g_autofree char *text = NULL;

    if (!sockets_have_ipv6()) {
        g_test_skip("this machine has no IPv6");
        return;
    }
    v4 = listen_text("0.0.0.0:0", &error_abort);
    text = g_strdup_printf("[::]:%d", sockets_port(v4));
    v6 = listen_text(text, &error_abort);
    g_assert_cmpint(option_of(v6, IPPROTO_IPV6, IPV6_V6ONLY), ==, 1);
    close(v4);
    close(v6);
}

static void test_port_range(void)
{
    int first = listen_text("127.0.0.1:0", &error_abort), second;
    int port = sockets_port(first);
    g_autofree char *range =
        g_strdup_printf("127.0.0.1:%d,to=%d", port, MIN(port + 50, 65535));
    g_autofree char *only = g_strdup_printf("127.0.0.1:%d,to=%d", port, port);
    g_autofree char *below = g_strdup_printf("127.0.0.1:%d,to=%d", port,
                                             port - 1);
    Error *err = NULL;

    second = listen_text(range, &error_abort);
    g_assert_cmpint(sockets_port(second), >, port);
    g_assert_cmpint(listen_text(only, &err), ==, -1);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    assert_error(&err, "available port");
    g_assert_cmpint(listen_text(below, &err), ==, -1);
    assert_error(&err, "empty");
    close(first);
    close(second);
}

static void test_listen_failures(void)
{
    SocketAddress address = { .type = SOCKET_ADDRESS_TYPE_INET };
    Error *err = NULL;

    /* A documentation address is nobody's, RFC 5737. */
    g_assert_cmpint(listen_text("192.0.2.1:0", &err), ==, -1);
    assert_error(&err, "192.0.2.1");
    g_assert_cmpint(listen_text("localhost:0,numeric", &err), ==, -1);
    assert_error(&err, "address resolution failed for localhost:0: ");
    g_assert_cmpint(listen_text("127.0.0.1:http,numeric", &err), ==, -1);
    assert_error(&err, "127.0.0.1:http");
    g_assert_cmpint(listen_text("127.0.0.1:0,keep-alive", &err), ==, -1);
    assert_error(&err, "keep-alive");
    g_assert_cmpint(listen_text(":0,ipv4=off,ipv6=off", &err), ==, -1);
    assert_error(&err, "IPv4");
    g_assert_cmpint(socket_listen(&address, 1, &err), ==, -1);
    assert_error(&err, "host");
    address.u.inet.host = (char *)"";
    g_assert_cmpint(socket_listen(&address, 1, &err), ==, -1);
    assert_error(&err, "address resolution failed for :: ");
}

static void test_connect(void)
{
    int listener = listen_text("127.0.0.1:0", &error_abort), fd;
    int port = sockets_port(listener);
    g_autofree char *text = g_strdup_printf("127.0.0.1:%d", port);
    g_autofree char *alive = g_strdup_printf("%s,keep-alive", text);

    fd = connect_text(text, &error_abort);
    g_assert_cmpint(option_of(fd, SOL_SOCKET, SO_REUSEADDR), ==, 0);
    g_assert_cmpint(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), ==, 0);
    g_assert_cmpint(option_of(fd, SOL_SOCKET, SO_PROTOCOL), ==, IPPROTO_TCP);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    close(fd);
    fd = connect_text(alive, &error_abort);
    g_assert_cmpint(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), ==, 1);
    close(fd);
    fd = inet_connect(text, &error_abort);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    close(listener);
}

static void test_connect_failures(void)
{
    int fd = listen_text("127.0.0.1:0", &error_abort);
    g_autofree char *text = g_strdup_printf("127.0.0.1:%d", sockets_port(fd));
    g_autofree char *message =
        g_strdup_printf("Failed to connect to '%s': Connection refused", text);
    SocketAddress address = { .type = SOCKET_ADDRESS_TYPE_INET };
    Error *err = NULL;

    close(fd);
    g_assert_cmpint(connect_text(text, &err), ==, -1);
    g_assert_cmpint(errno, ==, ECONNREFUSED);
    g_assert_cmpstr(error_get_pretty(err), ==, message);
    error_free_or_abort(&err);
    g_assert_cmpint(connect_text("name.invalid:1", &err), ==, -1);
    assert_error(&err, "address resolution failed for name.invalid:1: ");
    g_assert_cmpint(connect_text(":1", &err), ==, -1);
    assert_error(&err, "address resolution failed for :1: ");
    g_assert_cmpint(connect_text("127.0.0.1:99999x", &err), ==, -1);
    assert_error(&err, "127.0.0.1:99999x");
    address.u.inet.host = (char *)"127.0.0.1";
    g_assert_cmpint(socket_connect(&address, &err), ==, -1);
    assert_error(&err, "port");
    g_assert_cmpint(connect_text("127.0.0.1:1,ipv4=off,ipv6=off", &err), ==, -1);
    assert_error(&err, "IPv6");
    g_assert_cmpint(inet_connect("nonsense", &err), ==, -1);
    assert_error(&err, "nonsense");
}

static void test_mptcp(void)
{
    Error *err = NULL;
    int fd = listen_text("127.0.0.1:0,mptcp", &err);

    if (fd == -1) {
        g_assert_nonnull(err);
        g_test_message("no MPTCP: %s", error_get_pretty(err));
        error_free(err);
        return;
    }
    g_assert_cmpint(option_of(fd, SOL_SOCKET, SO_PROTOCOL), ==, 262);
    close(fd);
}

static void test_datagram(void)
{
    g_autoptr(SocketAddress) own = socket_parse("127.0.0.1:0", &error_abort);
    g_autoptr(SocketAddress) unix_address =
        socket_parse("unix:/x", &error_abort);
    g_autoptr(SocketAddress) remote = NULL;
    g_autofree char *text = NULL;
    int server = sockets_udp_server(), client;
    char buffer[4];
    Error *err = NULL;

    text = g_strdup_printf(":%d,ipv4", sockets_port(server));
    remote = socket_parse(text, &error_abort);
    client = socket_dgram(remote, NULL, &error_abort);
    g_assert_cmpint(send(client, "abc", 3, 0), ==, 3);
    g_assert_cmpint(recv(server, buffer, sizeof(buffer), 0), ==, 3);
    close(client);
    client = socket_dgram(remote, own, &error_abort);
    g_assert_cmpint(option_of(client, SOL_SOCKET, SO_REUSEADDR), ==, 1);
    close(client);

    g_assert_cmpint(socket_dgram(unix_address, NULL, &err), ==, -1);
    assert_error(&err, "nsupported");
    g_assert_cmpint(socket_dgram(remote, unix_address, &err), ==, -1);
    assert_error(&err, "local");
    g_free(remote->u.inet.port);
    remote->u.inet.port = NULL;
    g_assert_cmpint(socket_dgram(remote, NULL, &err), ==, -1);
    assert_error(&err, "port");
    close(server);
}

/*
 * Unix.
 */

static int unix_fd(const char *path, bool abstract, int tight, bool listens,
                   Error **errp)
{
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_UNIX,
        .u.q_unix = {
            .path = (char *)path,
            .has_abstract = abstract, .abstract = abstract,
            .has_tight = tight >= 0, .tight = tight == 1,
        },
    };

    return listens ? socket_listen(&address, 3, errp)
                   : socket_connect(&address, errp);
}

static void test_unix_path_length(void)
{
    char *dir = testing_make_dir();
    g_autofree char *fill = g_strnfill(109 - strlen(dir) - 1, 'x');
    g_autofree char *path = g_strdup_printf("%s/%s", dir, fill);
    g_autofree char *name = g_strnfill(108, 'y');
    g_autoptr(SocketAddress) address = NULL;
    Error *err = NULL;
    int fd, client;

    g_assert_cmpint(strlen(path), ==, 109);
    g_assert_cmpint(unix_fd(path, false, -1, true, &err), ==, -1);
    assert_error(&err, path);
    g_assert_cmpint(unix_fd(path, false, -1, false, &err), ==, -1);
    assert_error(&err, "too long");

    path[108] = '\0';
    fd = unix_fd(path, false, -1, true, &error_abort);
    address = socket_local_address(fd, &error_abort);
    g_assert_cmpint(address->type, ==, SOCKET_ADDRESS_TYPE_UNIX);
    g_assert_cmpstr(address->u.q_unix.path, ==, path);
    g_assert_false(address->u.q_unix.abstract);
    client = socket_connect(address, &error_abort);
    close(client);
    socket_listen_cleanup(fd, &error_abort);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    close(fd);

    g_assert_cmpint(unix_fd(name, true, -1, true, &err), ==, -1);
    assert_error(&err, "too long");
    name[107] = '\0';
    for (int tight = 0; tight < 2; tight++) {
        fd = unix_fd(name, true, tight, true, &error_abort);
        client = unix_fd(name, true, tight, false, &error_abort);
        close(client);
        close(fd);
    }
    testing_remove_dir(dir);
}

static void test_unix_tight(void)
{
    g_autofree char *name = g_strdup_printf("qio-test-%d", getpid());

    for (int server = -1; server <= 1; server++) {
        int fd = unix_fd(name, true, server, true, &error_abort);
        g_autoptr(SocketAddress) address = socket_local_address(fd, &error_abort);

        g_assert_true(address->u.q_unix.has_abstract &&
                      address->u.q_unix.abstract &&
                      address->u.q_unix.has_tight);
        g_assert_cmpint(address->u.q_unix.tight, ==, server != 0);
        g_assert_cmpstr(address->u.q_unix.path, ==, name);
        for (int client = -1; client <= 1; client++) {
            bool meet = (server != 0) == (client != 0);
            Error *err = NULL;
            int peer = unix_fd(name, true, client, false, &err);

            g_assert_cmpint(peer >= 0, ==, meet);
            if (meet) {
                close(peer);
            } else {
                assert_error(&err, name);
            }
        }
        close(fd);
    }
}

static void test_unix_automatic_path(void)
{
    int fd = unix_listen("", &error_abort);
    g_autoptr(SocketAddress) address = socket_local_address(fd, &error_abort);
    const char *path = address->u.q_unix.path;
    int client;

    g_assert_true(g_str_has_prefix(path, g_get_tmp_dir()));
    g_assert_nonnull(strstr(path, "/qemu-socket-"));
    client = unix_connect(path, &error_abort);
    close(client);
    socket_listen_cleanup(fd, &error_abort);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    socket_listen_cleanup(fd, &error_abort);
    close(fd);
}

static void test_unix_path_in_use(void)
{
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "socket", NULL);
    g_autofree char *missing = g_build_filename(dir, "none", "socket", NULL);
    Error *err = NULL;
    int first, second;

    g_assert_true(g_file_set_contents(path, "a regular file", -1, NULL));
    first = unix_listen(path, &error_abort);
    second = unix_listen(path, &error_abort);
    close(first);
    first = unix_connect(path, &error_abort);
    close(first);
    close(second);

    g_assert_cmpint(unix_listen(dir, &err), ==, -1);
    assert_error(&err, dir);
    g_assert_cmpint(unix_listen(missing, &err), ==, -1);
    assert_error(&err, missing);
    g_assert_cmpint(unix_connect(missing, &err), ==, -1);
    g_assert_cmpint(errno, ==, ENOENT);
    assert_error(&err, "Failed to connect to '");
    g_assert_cmpint(unix_listen(NULL, &err), ==, -1);
    assert_error(&err, "path");
    g_assert_cmpint(unix_connect(NULL, &err), ==, -1);
    assert_error(&err, "path");
    testing_remove_dir(dir);
}

/*
 * Descriptors.
 */

static int fd_address(int (*function)(SocketAddress *, Error **),
                      const char *text, Error **errp)
{
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_FD, .u.fd.str = (char *)text,
    };

    return function(&address, errp);
}

static int listen_5(SocketAddress *address, Error **errp)
{
    return socket_listen(address, 5, errp);
}

static void test_fd_numbers(void)
{
    int fds[2], file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_autofree char *socket_text = NULL, *file_text = NULL;
    Error *err = NULL;

    testing_socket_pair(fds);
    socket_text = g_strdup_printf(" +%d", fds[0]);
    file_text = g_strdup_printf("%d", file);
    g_assert_cmpint(fd_address(socket_connect, socket_text, &error_abort), ==,
                    fds[0]);
    g_assert_cmpint(fd_address(socket_connect, file_text, &err), ==, -1);
    assert_error(&err, file_text);
    g_assert_false(testing_fd_is_open(file));

    g_assert_cmpint(fd_address(socket_connect, "12x", &err), ==, -1);
    g_assert_cmpint(errno, ==, EINVAL);
    assert_error(&err, "12x");
    g_assert_cmpint(fd_address(socket_connect, "4294967296", &err), ==, -1);
    g_assert_cmpint(errno, ==, ERANGE);
    assert_error(&err, "4294967296");
    g_assert_cmpint(fd_address(socket_connect, "-1", &err), ==, -1);
    assert_error(&err, "-1");
    g_assert_cmpint(fd_address(socket_connect, "", &err), ==, -1);
    error_free_or_abort(&err);
    g_assert_cmpint(fd_address(socket_connect, NULL, &err), ==, -1);
    error_free_or_abort(&err);
    close(fds[0]);
    close(fds[1]);
}

static void test_fd_listen(void)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int bound = qemu_socket(AF_INET, SOCK_STREAM, 0);
    int unbound = qemu_socket(AF_UNIX, SOCK_STREAM, 0);
    g_autofree char *text = g_strdup_printf("%d", bound);
    g_autofree char *unbound_text = g_strdup_printf("%d", unbound);
    Error *err = NULL;

    g_assert_cmpint(bind(bound, (struct sockaddr *)&address, sizeof(address)),
                    ==, 0);
    g_assert_cmpint(fd_address(listen_5, text, &error_abort), ==, bound);
    g_assert_cmpint(option_of(bound, SOL_SOCKET, SO_ACCEPTCONN), ==, 1);
    g_assert_cmpint(fd_address(listen_5, text, &error_abort), ==, bound);
    g_assert_cmpint(fd_address(listen_5, unbound_text, &err), ==, -1);
    assert_error(&err, unbound_text);
    g_assert_false(testing_fd_is_open(unbound));
    close(bound);
}

static void test_fd_names(void)
{
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_FD, .u.fd.str = g_strdup("known"),
    };
    SocketAddress other = { .type = SOCKET_ADDRESS_TYPE_UNIX };
    int fds[2], fd;
    Error *err = NULL;

    testing_socket_pair(fds);
    monitor_fd = fds[0];
    fd = fd_address(socket_connect, "known", &error_abort);
    g_assert_cmpint(fd, !=, fds[0]);
    g_assert_true(fd_is_socket(fd));
    close(fd);
    g_assert_cmpint(fd_address(socket_connect, "unknown", &err), ==, -1);
    assert_error(&err, "unknown");
    /* With a monitor, even a number is a name. */
    g_assert_cmpint(fd_address(socket_connect, "3", &err), ==, -1);
    assert_error(&err, "named 3");

    g_assert_cmpint(socket_address_parse_named_fd(&other, &error_abort), ==, 0);
    g_assert_cmpint(socket_address_parse_named_fd(&address, &error_abort), ==,
                    0);
    monitor_fd = -1;
    fd = socket_connect(&address, &error_abort);
    g_assert_cmpstr(address.u.fd.str, !=, "known");
    close(fd);
    g_free(address.u.fd.str);
    address.u.fd.str = g_strdup("nonsense");
    g_assert_cmpint(socket_address_parse_named_fd(&address, &err), ==, -1);
    assert_error(&err, "nonsense");
    g_assert_cmpstr(address.u.fd.str, ==, "nonsense");
    g_free(address.u.fd.str);
    close(fds[0]);
    close(fds[1]);
}

/*
 * vsock.
 */

static void test_vsock_numbers(void)
{
    static const char *const bad[] = {
        "-1", "4294967296", "1x", "", " ", "1 ", "-0", "99999999999999999999",
        NULL,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        SocketAddress address = {
            .type = SOCKET_ADDRESS_TYPE_VSOCK,
            .u.vsock = { .cid = (char *)bad[i], .port = (char *)"1" },
        };
        Error *err = NULL;

        g_assert_cmpint(socket_connect(&address, &err), ==, -1);
        assert_error(&err, bad[i] ? bad[i] : "cid");
        address.u.vsock.cid = (char *)" +1";
        address.u.vsock.port = (char *)bad[i];
        g_assert_cmpint(socket_listen(&address, 1, &err), ==, -1);
        assert_error(&err, "port");
    }
}

static void test_vsock_loopback(void)
{
    SocketAddress any = {
        .type = SOCKET_ADDRESS_TYPE_VSOCK,
        .u.vsock = { .cid = (char *)"4294967295", .port = (char *)"4294967295" },
    };
    g_autoptr(SocketAddress) bound = NULL;
    Error *err = NULL;
    int fd = socket_listen(&any, 1, &err), client;

    if (fd == -1) {
        g_test_skip(error_get_pretty(err));
        error_free(err);
        return;
    }
    bound = socket_local_address(fd, &error_abort);
    g_assert_cmpint(bound->type, ==, SOCKET_ADDRESS_TYPE_VSOCK);
    g_assert_cmpstr(bound->u.vsock.cid, ==, "4294967295");
    g_free(bound->u.vsock.cid);
    bound->u.vsock.cid = g_strdup("1");
    client = socket_connect(bound, &err);
    if (client == -1) {
        g_test_skip(error_get_pretty(err));
        error_free(err);
    } else {
        close(client);
    }
    close(fd);
}

/*
 * Addresses from the kernel.
 */

static void test_from_kernel(void)
{
    struct sockaddr_storage storage = { .ss_family = AF_NETLINK };
    struct sockaddr_un *un = (struct sockaddr_un *)&storage;
    struct sockaddr_vm *vm = (struct sockaddr_vm *)&storage;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
    SocketAddress *address;
    Error *err = NULL;

    g_assert_null(socket_sockaddr_to_address(&storage, sizeof(storage), &err));
    assert_error(&err, "16");

    un->sun_family = AF_UNIX;
    address = socket_sockaddr_to_address(&storage, 2, &error_abort);
    g_assert_cmpstr(address->u.q_unix.path, ==, "");
    g_assert_false(address->u.q_unix.has_abstract);
    qapi_free_SocketAddress(address);
    memcpy(un->sun_path, "\0name", 5);
    address = socket_sockaddr_to_address(&storage, 7, &error_abort);
    g_assert_cmpstr(address->u.q_unix.path, ==, "name");
    g_assert_true(address->u.q_unix.tight);
    qapi_free_SocketAddress(address);
    address = socket_sockaddr_to_address(&storage, 110, &error_abort);
    g_assert_cmpstr(address->u.q_unix.path, ==, "name");
    g_assert_false(address->u.q_unix.tight);
    qapi_free_SocketAddress(address);

    memset(&storage, 0, sizeof(storage));
    vm->svm_family = AF_VSOCK;
    vm->svm_cid = 4294967295u;
    vm->svm_port = 5;
    address = socket_sockaddr_to_address(&storage, sizeof(*vm), &error_abort);
    g_assert_cmpstr(address->u.vsock.cid, ==, "4294967295");
    g_assert_cmpstr(address->u.vsock.port, ==, "5");
    qapi_free_SocketAddress(address);

    memset(&storage, 0, sizeof(storage));
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(80);
    in6->sin6_addr = in6addr_loopback;
    address = socket_sockaddr_to_address(&storage, sizeof(*in6), &error_abort);
    g_assert_cmpstr(address->u.inet.host, ==, "::1");
    g_assert_cmpstr(address->u.inet.port, ==, "80");
    g_assert_true(address->u.inet.has_ipv6 && address->u.inet.ipv6);
    g_assert_false(address->u.inet.has_ipv4 || address->u.inet.has_numeric);
    qapi_free_SocketAddress(address);

    g_assert_null(socket_local_address(-1, &err));
    error_free_or_abort(&err);
    g_assert_null(socket_remote_address(-1, &err));
    error_free_or_abort(&err);
}

/*
 * Cloning and freeing.
 */

static void test_clone(void)
{
    SocketAddress inet = {
        .type = SOCKET_ADDRESS_TYPE_INET,
        .u.inet = { .host = (char *)"h", .has_to = true, .to = 9,
                    .keep_alive = true },
    };
    SocketAddress *copy = QAPI_CLONE(SocketAddress, &inet);
    InetSocketAddress members;

    g_assert_cmpstr(copy->u.inet.host, ==, "h");
    g_assert_true(copy->u.inet.host != inet.u.inet.host);
    g_assert_cmpstr(copy->u.inet.port, ==, "");
    g_assert_true(copy->u.inet.has_to && copy->u.inet.to == 9 &&
                  copy->u.inet.keep_alive && !copy->u.inet.has_keep_alive);
    qapi_free_SocketAddress(copy);
    g_assert_null(QAPI_CLONE(SocketAddress, (SocketAddress *)NULL));

    QAPI_CLONE_MEMBERS(InetSocketAddress, &members, &inet.u.inet);
    g_assert_cmpstr(members.host, ==, "h");
    g_free(members.host);
    g_free(members.port);
    g_assert_cmpstr(qapi_InetSocketAddress_base(&inet.u.inet)->host, ==, "h");
}

static void test_lists(void)
{
    SocketAddressList *list = NULL, *copy;
    int count = 0;

    for (int i = 0; i < 1000; i++) {
        QAPI_LIST_PREPEND(list, socket_parse("unix:/x", &error_abort));
    }
    copy = QAPI_CLONE(SocketAddressList, list);
    qapi_free_SocketAddressList(list);
    for (SocketAddressList *cell = copy; cell; cell = cell->next) {
        g_assert_cmpstr(cell->value->u.q_unix.path, ==, "/x");
        count++;
    }
    g_assert_cmpint(count, ==, 1000);
    /* A list may have gaps when it is freed. */
    qapi_free_SocketAddress(copy->next->value);
    copy->next->value = NULL;
    qapi_free_SocketAddressList(copy);
    qapi_free_SocketAddressList(NULL);
}

static void test_free_half_filled(void)
{
    for (int type = 0; type < SOCKET_ADDRESS_TYPE__MAX; type++) {
        SocketAddress *address = g_new0(SocketAddress, 1);
        SocketAddressLegacy *legacy = g_new0(SocketAddressLegacy, 1);

        address->type = legacy->type = type;
        qapi_free_SocketAddress(address);
        qapi_free_SocketAddressLegacy(legacy);
    }
    qapi_free_SocketAddress(NULL);
    qapi_free_SocketAddressLegacy(NULL);
    qapi_free_InetSocketAddress(NULL);
    qapi_free_String(NULL);
    qapi_free_StringWrapper(g_new0(StringWrapper, 1));
}

static void test_flatten(void)
{
    InetSocketAddress inet = { .host = (char *)"h", .port = (char *)"1" };
    UnixSocketAddress path = { .path = (char *)"p" };
    VsockSocketAddress vsock = { .cid = (char *)"c", .port = (char *)"2" };
    String fd = { .str = (char *)"f" };
    SocketAddressLegacy legacy[] = {
        { .type = SOCKET_ADDRESS_TYPE_INET, .u.inet.data = &inet },
        { .type = SOCKET_ADDRESS_TYPE_UNIX, .u.q_unix.data = &path },
        { .type = SOCKET_ADDRESS_TYPE_VSOCK, .u.vsock.data = &vsock },
        { .type = SOCKET_ADDRESS_TYPE_FD, .u.fd.data = &fd },
    };
    static const char *const uris[] = { "tcp:h:1", "unix:p", "vsock:c:2",
                                        "fd:f" };

    g_assert_null(socket_address_flatten(NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(legacy); i++) {
        g_autoptr(SocketAddress) flat = socket_address_flatten(&legacy[i]);
        g_autofree char *uri = socket_uri(flat);

        g_assert_cmpint(flat->type, ==, legacy[i].type);
        g_assert_cmpstr(uri, ==, uris[i]);
    }
}

/*
 * Small helpers.
 */

static void test_helpers(void)
{
    int fds[2], file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char buffer[8];

    g_assert_cmpint(qemu_socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
    g_assert_cmpint(fcntl(fds[1], F_GETFD) & FD_CLOEXEC, !=, 0);
    g_assert_true(fd_is_socket(fds[0]));
    g_assert_false(fd_is_socket(file) || fd_is_socket(-1));
    g_assert_cmpint(qemu_send_full(fds[0], "abcdef", 6), ==, 6);
    g_assert_cmpint(recv(fds[1], buffer, 8, 0), ==, 6);
    g_assert_cmpint(socket_set_fast_reuse(fds[0]), ==, 0);
    g_assert_cmpint(qemu_socket_try_set_nonblock(fds[0]), ==, 0);
    g_assert_cmpint(fcntl(fds[0], F_GETFL) & O_NONBLOCK, !=, 0);
    qemu_socket_set_block(fds[0]);
    g_assert_cmpint(fcntl(fds[0], F_GETFL) & O_NONBLOCK, ==, 0);
    qemu_socket_set_nonblock(fds[0]);
    qemu_socket_set_block(-1);
    g_assert_cmpint(qemu_socket_try_set_nonblock(-1), ==, -EBADF);
    g_assert_cmpint(socket_set_cork(fds[0], 1), ==, -1);
    g_assert_cmpint(socket_set_nodelay(fds[0]), ==, -1);
    close(fds[1]);
    errno = 0;
    g_assert_cmpint(qemu_send_full(fds[0], "x", 1), ==, 0);
    g_assert_cmpint(errno, ==, EPIPE);
    g_assert_cmpint(qemu_socket(AF_INET, 99, 0), ==, -1);
    g_assert_cmpint(qemu_accept(-1, NULL, NULL), ==, -1);
    g_assert_cmpint(errno, ==, EBADF);
    g_assert_cmpint(socket_init(), ==, 0);
    close(fds[0]);
    close(file);
}

static void bad_type(gpointer opaque)
{
    SocketAddress address = { .type = 77 };

    socket_connect(&address, NULL);
}

static void bad_type_clone(gpointer opaque)
{
    SocketAddress address = { .type = 77 };

    QAPI_CLONE(SocketAddress, &address);
}

static void null_in_list(gpointer opaque)
{
    SocketAddressList list = { NULL, NULL };

    QAPI_CLONE(SocketAddressList, &list);
}

static void test_programming_errors_abort(void)
{
    sockets_assert_aborts(bad_type, NULL);
    sockets_assert_aborts(bad_type_clone, NULL);
    sockets_assert_aborts(null_in_list, NULL);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    sockets_warm_up();
    testing_add("/sockets/layout", test_layout);
    testing_add("/sockets/parse/inet", test_parse_inet_accepts);
    testing_add("/sockets/parse/options", test_parse_inet_options);
    testing_add("/sockets/parse/long-host", test_parse_inet_long_host);
    testing_add("/sockets/parse/rejects", test_parse_rejects);
    testing_add("/sockets/parse/culprit", test_parse_names_the_culprit);
    testing_add("/sockets/parse/prefixes", test_parse_prefixes);
    testing_add("/sockets/family", test_family_matrix);
    testing_add("/sockets/inet/dual-stack", test_dual_stack);
    testing_add("/sockets/inet/ipv6-gives-way", test_ipv6_gives_way_to_ipv4);
    testing_add("/sockets/inet/range", test_port_range);
    testing_add("/sockets/inet/listen-failures", test_listen_failures);
    testing_add("/sockets/inet/connect", test_connect);
    testing_add("/sockets/inet/connect-failures", test_connect_failures);
    testing_add("/sockets/inet/mptcp", test_mptcp);
    testing_add("/sockets/inet/datagram", test_datagram);
    testing_add("/sockets/unix/path-length", test_unix_path_length);
    testing_add("/sockets/unix/tight", test_unix_tight);
    testing_add("/sockets/unix/automatic-path", test_unix_automatic_path);
    testing_add("/sockets/unix/path-in-use", test_unix_path_in_use);
    testing_add("/sockets/fd/numbers", test_fd_numbers);
    testing_add("/sockets/fd/listen", test_fd_listen);
    testing_add("/sockets/fd/names", test_fd_names);
    testing_add("/sockets/vsock/numbers", test_vsock_numbers);
    testing_add("/sockets/vsock/loopback", test_vsock_loopback);
    testing_add("/sockets/from-kernel", test_from_kernel);
    testing_add("/sockets/clone", test_clone);
    testing_add("/sockets/lists", test_lists);
    testing_add("/sockets/free-half-filled", test_free_half_filled);
    testing_add("/sockets/flatten", test_flatten);
    testing_add("/sockets/helpers", test_helpers);
    testing_add("/sockets/programming-errors", test_programming_errors_abort);
    return g_test_run();
}
