/*
 * The resolver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "io/dns-resolver.h"
#include "qapi/error.h"
#include "qemu/sockets.h"
#include "sockets-helpers.h"
#include "testing.h"

static void free_all(SocketAddress **addresses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        qapi_free_SocketAddress(addresses[i]);
    }
    g_free(addresses);
}

/* The results as text, one after the other. */
static char *look_up(SocketAddress *address, Error **errp)
{
    SocketAddress **addresses = (SocketAddress **)&addresses;
    size_t count = 99;
    GString *text = g_string_new(NULL);

    if (qio_dns_resolver_lookup_sync(qio_dns_resolver_get_instance(), address,
                                     &count, &addresses, errp) == -1) {
        g_assert_null(addresses);
        g_assert_cmpint(count, ==, 0);
        g_string_free(text, TRUE);
        return NULL;
    }
    g_assert_cmpint(count, >, 0);
    for (size_t i = 0; i < count; i++) {
        g_autofree char *uri = socket_uri(addresses[i]);

        g_assert_true(addresses[i]->u.inet.has_numeric &&
                      addresses[i]->u.inet.numeric);
        g_string_append_printf(text, "%s%s", i ? " " : "", uri);
    }
    free_all(addresses, count);
    return g_string_free(text, FALSE);
}

static gpointer get_instance(gpointer opaque)
{
    return qio_dns_resolver_get_instance();
}

static void test_instance(void)
{
    GThread *threads[8];
    QIODNSResolver *resolver = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("racer", get_instance, NULL);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        gpointer found = g_thread_join(threads[i]);

        g_assert_true(!resolver || resolver == found);
        resolver = found;
    }
    g_assert_cmpint(sockets_references(resolver), ==, 1);
}

static void test_numbers(void)
{
    static const struct {
        const char *text, *result;
    } cases[] = {
        { "127.0.0.1:http", "tcp:127.0.0.1:80" },
        { "127.0.0.1:80,numeric", "tcp:127.0.0.1:80" },
        { "127.0.0.1:http,numeric", NULL },
        { "localhost:1,numeric", NULL },
        { "127.0.0.1:1,ipv6", NULL },
        { "127.0.0.1:-1", NULL },
        { "name.invalid:1", NULL },
        { "127.0.0.1:1,ipv4=off,ipv6=off", NULL },
        { "127.0.0.1:99999", "tcp:127.0.0.1:34463" },
        { "127.0.0.1:00000000000000000000000000000000000080",
          "tcp:127.0.0.1:80" },
        { "127.0.0.1:1234567890123456789012345678901234567x", NULL },
        { ":1,ipv4", "tcp:0.0.0.0:1" },
        { "[::1]:1", "tcp:::1:1" },
        { "[fe80::1%lo]:1", "tcp:fe80::1%lo:1" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(SocketAddress) address =
            socket_parse(cases[i].text, &error_abort);
        Error *err = NULL;
        g_autofree char *found = look_up(address, &err);

        g_assert_cmpstr(found, ==, cases[i].result);
        g_assert_true(!found == !!err);
        if (err && !strstr(cases[i].text, "ipv4=off")) {
            g_assert_true(g_str_has_prefix(error_get_pretty(err),
                                           "address resolution failed for "));
        }
        error_free(err);
        g_free(look_up(address, NULL));
    }
}

static void test_wildcards(void)
{
    SocketAddress address = {
        .type = SOCKET_ADDRESS_TYPE_INET,
        .u.inet = { .host = (char *)"", .port = (char *)"5900" },
    };
    Error *err = NULL;
    char *found;

    found = look_up(&address, &error_abort);
    g_assert_nonnull(strstr(found, "tcp:0.0.0.0:5900"));
    g_free(found);
    if (sockets_have_ipv6()) {
        address.u.inet.has_ipv4 = address.u.inet.ipv4 = true;
        address.u.inet.has_ipv6 = address.u.inet.ipv6 = true;
        found = look_up(&address, &error_abort);
        g_assert_cmpstr(found, ==, "tcp::::5900");
        g_free(found);
    }
    address = (SocketAddress){ .u.inet.host = (char *)"127.0.0.1" };
    found = look_up(&address, &error_abort);
    g_assert_cmpstr(found, ==, "tcp:127.0.0.1:0");
    g_free(found);
    address.u.inet.host = (char *)"";
    g_assert_null(look_up(&address, &err));
    error_free_or_abort(&err);
    address.u.inet.host = NULL;
    g_assert_null(look_up(&address, &err));
    error_free_or_abort(&err);
    /* Without its flag, `numeric` does not count. */
    address.u.inet.host = (char *)"localhost";
    address.u.inet.numeric = true;
    g_free(look_up(&address, &error_abort));
}

static void test_options_stay(void)
{
    g_autoptr(SocketAddress) address = socket_parse(
        "127.0.0.1:http,to=99,ipv4,mptcp,keep-alive", &error_abort);
    SocketAddress **addresses;
    size_t count;
    InetSocketAddress *inet;

    qio_dns_resolver_lookup_sync(NULL, address, &count, &addresses,
                                 &error_abort);
    g_assert_cmpint(count, ==, 1);
    inet = &addresses[0]->u.inet;
    g_assert_true(inet->has_to && inet->to == 99 && inet->has_ipv4 &&
                  inet->ipv4 && !inet->has_ipv6 && inet->has_mptcp &&
                  inet->mptcp && inet->has_keep_alive && inet->keep_alive);
    free_all(addresses, count);
}

static void test_other_types(void)
{
    SocketAddress cases[] = {
        { .type = SOCKET_ADDRESS_TYPE_UNIX,
          .u.q_unix = { .path = (char *)"p", .has_abstract = true,
                        .abstract = true, .has_tight = true } },
        { .type = SOCKET_ADDRESS_TYPE_UNIX },
        { .type = SOCKET_ADDRESS_TYPE_VSOCK,
          .u.vsock = { .cid = (char *)"none", .port = (char *)"x" } },
        { .type = SOCKET_ADDRESS_TYPE_FD, .u.fd.str = (char *)"nonexistent" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SocketAddress **addresses;
        g_autofree char *uri = socket_uri(&cases[i]);
        g_autofree char *found = NULL;
        size_t count;

        qio_dns_resolver_lookup_sync(NULL, &cases[i], &count, &addresses,
                                     &error_abort);
        g_assert_cmpint(count, ==, 1);
        g_assert_true(addresses[0] != &cases[i]);
        found = socket_uri(addresses[0]);
        g_assert_cmpstr(found, ==, uri);
        if (i == 0) {
            g_assert_true(addresses[0]->u.q_unix.has_abstract &&
                          addresses[0]->u.q_unix.abstract &&
                          addresses[0]->u.q_unix.has_tight &&
                          !addresses[0]->u.q_unix.tight);
        }
        free_all(addresses, count);
    }
}

static void bad_type(gpointer opaque)
{
    SocketAddress address = { .type = 77 }, **addresses;
    size_t count;

    qio_dns_resolver_lookup_sync(NULL, &address, &count, &addresses, NULL);
}

static void test_bad_type_aborts(void)
{
    sockets_assert_aborts(bad_type, NULL);
}

typedef struct {
    GThread *thread;
    QIODNSResolver *resolver;
    const char *expected;
    Error *err;
    int called, notified;
} Lookup;

static void on_looked_up(QIOTask *task, gpointer opaque)
{
    Lookup *lookup = opaque;

    g_assert_true(g_thread_self() == lookup->thread);
    g_assert_true(qio_task_get_source(task) == (Object *)lookup->resolver);
    for (int i = 0; i < 2; i++) {
        SocketAddress **addresses;
        size_t count;

        qio_dns_resolver_lookup_result(lookup->resolver, task, &count,
                                       &addresses);
        g_assert_cmpint(count, ==, lookup->expected ? 1 : 0);
        if (lookup->expected) {
            g_autofree char *uri = socket_uri(addresses[0]);

            g_assert_cmpstr(uri, ==, lookup->expected);
        } else {
            g_assert_null(addresses);
        }
        free_all(addresses, count);
    }
    qio_task_propagate_error(task, &lookup->err);
    lookup->called++;
}

static void on_notify(gpointer opaque)
{
    Lookup *lookup = opaque;

    g_assert_cmpint(lookup->called, ==, 1);
    lookup->notified++;
}

static void look_up_later(const char *text, const char *expected,
                          QIODNSResolver *resolver)
{
    SocketAddress *address = socket_parse(text, &error_abort);
    Lookup lookup = {
        .thread = g_thread_self(), .resolver = resolver, .expected = expected,
    };

    qio_dns_resolver_lookup_async(resolver, address, on_looked_up, &lookup,
                                  on_notify);
    qapi_free_SocketAddress(address);
    sockets_iterate_until(NULL, &lookup.notified);
    g_assert_cmpint(lookup.notified, ==, 1);
    g_assert_true(!lookup.err == !!expected);
    error_free(lookup.err);
}

static void test_later(void)
{
    QIODNSResolver *resolver = qio_dns_resolver_get_instance();
    QIODNSResolver *own = QIO_DNS_RESOLVER(object_new(TYPE_QIO_DNS_RESOLVER));

    for (int i = 0; i < 3; i++) {
        look_up_later("127.0.0.1:http", "tcp:127.0.0.1:80", resolver);
        look_up_later("unix:/p", "unix:/p", resolver);
        look_up_later("name.invalid:1", NULL, resolver);
        look_up_later("h:1,ipv4=off,ipv6=off", NULL, resolver);
        g_assert_cmpint(sockets_references(resolver), ==, 1);
    }
    look_up_later("127.0.0.1:http", "tcp:127.0.0.1:80", NULL);
    look_up_later("127.0.0.1:http", "tcp:127.0.0.1:80", own);
    g_assert_cmpint(sockets_references(own), ==, 1);
    object_unref(OBJECT(own));
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    sockets_warm_up();
    g_main_context_iteration(NULL, FALSE);
    testing_add("/resolver/instance", test_instance);
    testing_add("/resolver/numbers", test_numbers);
    testing_add("/resolver/wildcards", test_wildcards);
    testing_add("/resolver/options-stay", test_options_stay);
    testing_add("/resolver/other-types", test_other_types);
    testing_add("/resolver/bad-type", test_bad_type_aborts);
    testing_add("/resolver/later", test_later);
    return g_test_run();
}
