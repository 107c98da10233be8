/*
 * How often memory is asked for per TLS record: as often as GnuTLS does it by
 * itself, which is measured beside it. The channel adds nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-link.h"
#include "allocations.h"
#include "testing.h"

enum { RECORDS = 50, WARM_UP = 5, LARGEST = 16384, ELEMENTS = 64 };

/* Bytes per record. */
static const size_t sizes[] = { 1, 64, 4096, LARGEST };
static char data[LARGEST], received[LARGEST];

/* What a way to send and receive costs per size. */
typedef struct Cost {
    int sending[G_N_ELEMENTS(sizes)];
    int receiving[G_N_ELEMENTS(sizes)];
} Cost;

/* GnuTLS without anything around it. */
typedef struct Raw {
    gnutls_session_t sessions[2]; /* server, client */
    gnutls_certificate_credentials_t certificates[2];
    gnutls_anon_server_credentials_t anonymous_server;
    gnutls_anon_client_credentials_t anonymous_client;
    int fds[2];
} Raw;

static ssize_t raw_push(gnutls_transport_ptr_t fd, const void *bytes, size_t size)
{
    return write(GPOINTER_TO_INT(fd), bytes, size);
}

static ssize_t raw_pull(gnutls_transport_ptr_t fd, void *bytes, size_t size)
{
    return read(GPOINTER_TO_INT(fd), bytes, size);
}

static void raw_use_certificates(Raw *raw)
{
    static const char *const roles[] = { "server", "client" };
    char *dir = tls_make_x509_dir();
    g_autofree char *ca = g_build_filename(dir, "ca-cert.pem", NULL);

    for (size_t i = 0; i < 2; i++) {
        g_autofree char *certificate = g_strdup_printf("%s/%s-cert.pem", dir, roles[i]);
        g_autofree char *key = g_strdup_printf("%s/%s-key.pem", dir, roles[i]);
        gnutls_certificate_credentials_t credentials;

        gnutls_certificate_allocate_credentials(&credentials);
        g_assert_cmpint(gnutls_certificate_set_x509_trust_file(credentials, ca,
                                                               GNUTLS_X509_FMT_PEM), ==, 1);
        g_assert_cmpint(gnutls_certificate_set_x509_key_file(credentials, certificate, key,
                                                             GNUTLS_X509_FMT_PEM), ==, 0);
        gnutls_credentials_set(raw->sessions[i], GNUTLS_CRD_CERTIFICATE, credentials);
        raw->certificates[i] = credentials;
    }
    testing_remove_dir(dir);
}

static void raw_use_nothing(Raw *raw)
{
    gnutls_anon_allocate_server_credentials(&raw->anonymous_server);
    gnutls_anon_allocate_client_credentials(&raw->anonymous_client);
    gnutls_anon_set_server_known_dh_params(raw->anonymous_server, GNUTLS_SEC_PARAM_MEDIUM);
    gnutls_credentials_set(raw->sessions[0], GNUTLS_CRD_ANON, raw->anonymous_server);
    gnutls_credentials_set(raw->sessions[1], GNUTLS_CRD_ANON, raw->anonymous_client);
}

static void raw_handshake(Raw *raw)
{
    int results[2] = { GNUTLS_E_AGAIN, GNUTLS_E_AGAIN };

    while (results[0] || results[1]) {
        for (size_t i = 0; i < 2; i++) {
            if (results[i]) {
                results[i] = gnutls_handshake(raw->sessions[i]);
                g_assert_true(results[i] == 0 || results[i] == GNUTLS_E_AGAIN);
            }
        }
    }
}

static void raw_open(Raw *raw, bool tls13)
{
    memset(raw, 0, sizeof(*raw));
    testing_socket_pair(raw->fds);
    for (size_t i = 0; i < 2; i++) {
        g_unix_set_fd_nonblocking(raw->fds[i], TRUE, NULL);
        gnutls_init(&raw->sessions[i], i ? GNUTLS_CLIENT : GNUTLS_SERVER);
        gnutls_priority_set_direct(raw->sessions[i], tls13 ? "NORMAL" : "NORMAL:+ANON-DH", NULL);
        gnutls_transport_set_ptr(raw->sessions[i], GINT_TO_POINTER(raw->fds[i]));
        gnutls_transport_set_push_function(raw->sessions[i], raw_push);
        gnutls_transport_set_pull_function(raw->sessions[i], raw_pull);
    }
    if (tls13) {
        raw_use_certificates(raw);
    } else {
        raw_use_nothing(raw);
    }
    raw_handshake(raw);
    for (size_t i = 0; i < 2; i++) {
        g_assert_cmpint(gnutls_protocol_get_version(raw->sessions[i]), ==,
                        tls13 ? GNUTLS_TLS1_3 : GNUTLS_TLS1_2);
        /* Session tickets. */
        g_assert_cmpint(gnutls_record_recv(raw->sessions[i], received, 1), ==, GNUTLS_E_AGAIN);
    }
}

static void raw_close(Raw *raw)
{
    for (size_t i = 0; i < 2; i++) {
        gnutls_deinit(raw->sessions[i]);
        close(raw->fds[i]);
        if (raw->certificates[i]) {
            gnutls_certificate_free_credentials(raw->certificates[i]);
        }
    }
    if (raw->anonymous_server) {
        gnutls_anon_free_server_credentials(raw->anonymous_server);
        gnutls_anon_free_client_credentials(raw->anonymous_client);
    }
}

/* Sends, or receives, one record of this size. */
typedef void Move(void *link, size_t size);

static void raw_send(void *link, size_t size)
{
    g_assert_cmpint(gnutls_record_send(((Raw *)link)->sessions[1], data, size), ==, size);
}

static void raw_receive(void *link, size_t size)
{
    g_assert_cmpint(gnutls_record_recv(((Raw *)link)->sessions[0], received, size), ==, size);
}

static void channel_send(void *link, size_t size)
{
    g_assert_cmpint(qio_channel_write(((Link *)link)->client, data, size, &error_abort), ==,
                    size);
}

static void channel_receive(void *link, size_t size)
{
    g_assert_cmpint(qio_channel_read(((Link *)link)->server, received, size, &error_abort), ==,
                    size);
}

/* The same bytes in as many pieces as there can be. */
static void split(struct iovec *iov, char *bytes, size_t size)
{
    for (size_t i = 0; i < ELEMENTS; i++) {
        size_t start = size * i / ELEMENTS, end = size * (i + 1) / ELEMENTS;

        iov[i] = (struct iovec){ bytes + start, end - start };
    }
}

static void vector_send(void *link, size_t size)
{
    struct iovec iov[ELEMENTS];

    split(iov, data, size);
    g_assert_cmpint(qio_channel_writev(((Link *)link)->client, iov, ELEMENTS, &error_abort), ==,
                    size);
}

static void vector_receive(void *link, size_t size)
{
    struct iovec iov[ELEMENTS];

    split(iov, received, size);
    g_assert_cmpint(qio_channel_readv(((Link *)link)->server, iov, ELEMENTS, &error_abort), ==,
                    size);
}

static Cost measure(void *link, Move *send, Move *receive)
{
    Cost cost = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        /* Buffers reach their size in the first rounds. */
        for (int round = -WARM_UP; round < RECORDS; round++) {
            int before = allocations_made(), between;

            send(link, sizes[i]);
            between = allocations_made();
            receive(link, sizes[i]);
            if (round >= 0) {
                cost.sending[i] += between - before;
                cost.receiving[i] += allocations_made() - between;
            }
        }
    }
    return cost;
}

static void compare(const char *what, const Cost *cost, const Cost *raw)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_test_message("%s, %d records of %zu bytes: %d allocations sending, %d receiving", what,
                       RECORDS, sizes[i], cost->sending[i], cost->receiving[i]);
        g_assert_cmpint(cost->sending[i], ==, raw->sending[i]);
        g_assert_cmpint(cost->receiving[i], ==, raw->receiving[i]);
    }
}

static void check_records(bool tls13)
{
    Cost raw_cost, cost;
    Link link;
    Raw raw;

    raw_open(&raw, tls13);
    raw_cost = measure(&raw, raw_send, raw_receive);
    raw_close(&raw);
    /* GnuTLS asks for memory, so the counter sees what happens in there. */
    g_assert_cmpint(raw_cost.sending[0], >=, RECORDS);
    compare("GnuTLS", &raw_cost, &raw_cost);
    link_open(&link, tls13);
    link_drain(link.server);
    link_drain(link.client);
    cost = measure(&link, channel_send, channel_receive);
    compare("channel", &cost, &raw_cost);
    cost = measure(&link, vector_send, vector_receive);
    compare("vectors", &cost, &raw_cost);
    link_close(&link);
}

static void test_tls12(void)
{
    check_records(false);
}

static void test_tls13(void)
{
    check_records(true);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    gnutls_global_init();
    testing_add("/tls/allocations/1.2", test_tls12);
    testing_add("/tls/allocations/1.3", test_tls13);
    return g_test_run();
}
