/*
 * TLS sessions over a non-blocking pair of sockets: who accepts whom.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-fixture.h"
#include "testing.h"

#include "authz/list.h"
#include "authz/simple.h"
#include "crypto/init.h"
#include "crypto/tlssession.h"

#define SERVER GNUTLS_KP_TLS_WWW_SERVER
#define CLIENT GNUTLS_KP_TLS_WWW_CLIENT

static const char *const versions[] = {
    "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.2",
    "NORMAL:-VERS-TLS-ALL:+VERS-TLS1.3",
};

static ssize_t write_fd(const char *buf, size_t len, void *opaque)
{
    return write(*(int *)opaque, buf, len);
}

static ssize_t read_fd(char *buf, size_t len, void *opaque)
{
    return read(*(int *)opaque, buf, len);
}

/* Two sessions whose transports are connected. */
typedef struct Pair {
    int fds[2];
    QCryptoTLSSession *server;
    QCryptoTLSSession *client;
} Pair;

static void pair_init(Pair *pair, QCryptoTLSCreds *server, QCryptoTLSCreds *client,
                      const char *hostname, const char *authz)
{
    testing_socket_pair(pair->fds);
    g_assert_true(g_unix_set_fd_nonblocking(pair->fds[0], TRUE, NULL));
    g_assert_true(g_unix_set_fd_nonblocking(pair->fds[1], TRUE, NULL));
    pair->server = qcrypto_tls_session_new(server, NULL, authz,
                                           QCRYPTO_TLS_CREDS_ENDPOINT_SERVER, &error_abort);
    pair->client = qcrypto_tls_session_new(client, hostname, NULL,
                                           QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT, &error_abort);
    qcrypto_tls_session_set_callbacks(pair->server, write_fd, read_fd, &pair->fds[0]);
    qcrypto_tls_session_set_callbacks(pair->client, write_fd, read_fd, &pair->fds[1]);
}

static void pair_done(Pair *pair)
{
    qcrypto_tls_session_free(pair->server);
    qcrypto_tls_session_free(pair->client);
    close(pair->fds[0]);
    close(pair->fds[1]);
}

/* Alternates until both are complete. False if one fails; its error is freed. */
static bool pair_handshake(Pair *pair)
{
    QCryptoTLSSession *const ends[] = { pair->server, pair->client };
    bool complete[2] = { false, false };

    for (int turn = 0; !complete[0] || !complete[1]; turn++) {
        for (int i = 0; i < 2; i++) {
            Error *err = NULL;
            int result = complete[i] ? 0 : qcrypto_tls_session_handshake(ends[i], &err);

            if (result < 0) {
                tls_expect_error(err, "TLS handshake failed: ");
                return false;
            }
            complete[i] = result == 0;
            g_assert_true((qcrypto_tls_session_get_handshake_status(ends[i]) ==
                           QCRYPTO_TLS_HANDSHAKE_COMPLETE) == complete[i]);
        }
        g_assert_cmpint(turn, <, 100);
    }
    return true;
}

static void expect_check(QCryptoTLSSession *session, const char *error)
{
    Error *err = NULL;
    int result = qcrypto_tls_session_check_credentials(session, &err);

    if (error) {
        g_assert_cmpint(result, ==, -1);
        tls_expect_error(err, error);
    } else {
        tls_no_error(err);
        g_assert_cmpint(result, ==, 0);
    }
}

/* Who meets whom, and what each thinks of the other; NULL: it is content. */
typedef struct Meeting {
    const char *name;
    const char *hostname;
    CertSpec server;
    CertSpec client;
    /* Glob rules that allow; the list denies by default. */
    const char *rules[2];
    bool two_cas;
    bool no_client_certificate;
    bool revoked;
    const char *server_error;
    const char *client_error;
} Meeting;

#define CN(cn) { SPEC_LEAF(cn, SERVER) }
#define QEMU { SPEC_LEAF("qemu", CLIENT) }

static const Meeting meetings[] = {
    { "basic", "qemu.org", CN("qemu.org"), QEMU },
    { "case-insensitive", "QEMU.org", CN("qemu.org"), QEMU },
    { "different-ca", "qemu.org", CN("qemu.org"), QEMU, .two_cas = true,
      /* The client sees that the server trusts others, and sends nothing. */
      .server_error = "Verify failed: No certificate was found.",
      .client_error = "The certificate hasn't got a known issuer" },
    { "altname-1", "qemu.org",
      { SPEC_LEAF("x", SERVER), .dns = { "www.qemu.org", "qemu.org" },
        .ip = { "192.168.122.1", "fec0::dead:beaf" } }, QEMU },
    { "altname-2", "www.qemu.org",
      { SPEC_LEAF("x", SERVER), .dns = { "www.qemu.org", "qemu.org" } }, QEMU },
    { "altname-3", "wiki.qemu.org",
      { SPEC_LEAF("x", SERVER), .dns = { "www.qemu.org", "qemu.org" } }, QEMU,
      .client_error = "Certificate does not match the hostname wiki.qemu.org" },
    { "altname-4", "192.168.122.1",
      { SPEC_LEAF("x", SERVER), .ip = { "192.168.122.1", "fec0::dead:beaf" } }, QEMU },
    { "altname-5", "fec0::dead:beaf",
      { SPEC_LEAF("x", SERVER), .ip = { "192.168.122.1", "fec0::dead:beaf" } }, QEMU },
    { "altname-6", "qemu.org",
      { SPEC_LEAF("qemu.org", SERVER), .dns = { "www.qemu.org", "wiki.qemu.org" } }, QEMU,
      .client_error = "Certificate does not match the hostname qemu.org" },
    { "altname-7", "www.qemu.org",
      { SPEC_LEAF("qemu.org", SERVER), .dns = { "www.qemu.org", "wiki.qemu.org" } }, QEMU },
    { "altname-8", "wiki.qemu.org",
      { SPEC_LEAF("qemu.org", SERVER), .dns = { "www.qemu.org", "wiki.qemu.org" } }, QEMU },
    { "underscore", "un_der.qemu.org", { SPEC_LEAF("x", SERVER), .dns = { "un_der.qemu.org" } },
      QEMU },
    { "empty-hostname", "", CN("qemu.org"), QEMU,
      .client_error = "Certificate does not match the hostname " },
    { "no-hostname", NULL, CN("qemu.org"), QEMU,
      .client_error = "No hostname for certificate validation" },
    { "wildcard-1", "qemu.org", CN("qemu.org"), QEMU, { "C=UK,CN=dogfood" },
      .server_error = "TLS x509 authz check for C=UK,CN=qemu is denied" },
    { "wildcard-2", "qemu.org", CN("qemu.org"), QEMU, { "C=UK,CN=qemu" } },
    { "wildcard-3", "qemu.org", CN("qemu.org"), QEMU, { "C=UK,CN=dogfood", "C=UK,CN=qemu" } },
    { "wildcard-4", "qemu.org", CN("qemu.org"), QEMU, { "C=UK,CN=qemustuff" },
      .server_error = "TLS x509 authz check for C=UK,CN=qemu is denied" },
    { "wildcard-5", "qemu.org", CN("qemu.org"), QEMU, { "C=UK,CN=qemu*" } },
    { "wildcard-6", "qemu.org", CN("qemu.org"), QEMU, { "C=UK,CN=*emu*" } },
    { "no-certificate", "qemu.org", CN("qemu.org"), QEMU, .no_client_certificate = true,
      .server_error = "Verify failed: No certificate was found." },
    { "revoked", "qemu.org", CN("qemu.org"), QEMU, .revoked = true,
      .server_error = "revoked" },
    { "expired-server", "qemu.org", { SPEC_LEAF("qemu.org", SERVER), .start = -24, .end = -1 },
      QEMU, .client_error = "not trusted" },
    { "inactive-server", "qemu.org", { SPEC_LEAF("qemu.org", SERVER), .start = 1, .end = 2 },
      QEMU, .client_error = "not trusted" },
    { "expired-client", "qemu.org", CN("qemu.org"),
      { SPEC_LEAF("qemu", CLIENT), .start = -24, .end = -1 }, .server_error = "not trusted" },
    { "wrong-purpose", "qemu.org", { SPEC_LEAF("qemu.org", CLIENT) }, QEMU,
      .client_error = "" },
    { "server-without-name", "qemu.org", { SPEC_LEAF(NULL, SERVER), .dns = { "qemu.org" } },
      QEMU },
    { "client-without-name", "qemu.org", CN("qemu.org"), { SPEC_LEAF(NULL, CLIENT) },
      .server_error = "name" },
};

static void write_meeting(const Meeting *test, const char *server_dir, const char *client_dir)
{
    static const CertSpec ca_spec = { SPEC_CA("ca") }, other_spec = { SPEC_CA("other") };
    gnutls_x509_crt_t ca = tls_certificate(&ca_spec, NULL);
    gnutls_x509_crt_t other = tls_certificate(&other_spec, NULL);
    gnutls_x509_crt_t server = tls_certificate(&test->server, ca);
    gnutls_x509_crt_t client = tls_certificate(&test->client, test->two_cas ? other : ca);

    tls_write_certificates(server_dir, "ca-cert.pem", ca, NULL);
    tls_write_certificates(server_dir, "server-cert.pem", server, NULL);
    tls_write_key(server_dir, "server-key.pem", NULL);
    if (test->revoked) {
        tls_write_crl(server_dir, "ca-crl.pem", ca, client);
    }
    tls_write_certificates(client_dir, "ca-cert.pem", test->two_cas ? other : ca, NULL);
    if (!test->no_client_certificate) {
        tls_write_certificates(client_dir, "client-cert.pem", client, NULL);
        tls_write_key(client_dir, "client-key.pem", NULL);
    }
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_crt_deinit(other);
    gnutls_x509_crt_deinit(server);
    gnutls_x509_crt_deinit(client);
}

static void expect_key_size(QCryptoTLSSession *session)
{
    g_assert_cmpint(qcrypto_tls_session_get_key_size(session, &error_abort), ==, 32);
}

static void run_meeting(const Meeting *test, const char *version)
{
    char *server_dir = testing_make_dir(), *client_dir = testing_make_dir();
    QCryptoTLSCreds *server, *client;
    QAuthZList *list = NULL;
    Error *err = NULL;
    char *name;
    Pair pair;

    g_test_message("%s with %s", test->name, version);
    write_meeting(test, server_dir, client_dir);
    server = tls_creds("x509", "server", &error_abort, "dir", server_dir, "sanity-check", "no",
                       "priority", version, NULL);
    client = tls_creds("x509", "client", &error_abort, "dir", client_dir, "sanity-check", "no",
                       "priority", version, NULL);
    if (test->rules[0]) {
        list = qauthz_list_new("rules", QAUTHZ_LIST_POLICY_DENY, &error_abort);
        for (size_t i = 0; i < 2 && test->rules[i]; i++) {
            qauthz_list_append_rule(list, test->rules[i], QAUTHZ_LIST_POLICY_ALLOW,
                                    QAUTHZ_LIST_FORMAT_GLOB, &error_abort);
        }
    }
    pair_init(&pair, server, client, test->hostname, list ? "rules" : NULL);
    g_assert_cmpint(qcrypto_tls_session_get_key_size(pair.client, &err), ==, -1);
    tls_expect_error(err, "no cipher");
    g_assert_true(pair_handshake(&pair));
    g_assert_null(qcrypto_tls_session_get_peer_name(pair.server));
    expect_check(pair.server, test->server_error);
    expect_check(pair.client, test->client_error);
    /* A second look replaces what the first has found. */
    expect_check(pair.server, test->server_error);
    expect_key_size(pair.server);
    if (list || !test->server_error) {
        name = qcrypto_tls_session_get_peer_name(pair.server);
        g_assert_cmpstr(name, ==, "C=UK,CN=qemu");
        g_free(name);
    }
    /* The credentials go first. */
    tls_drop(server);
    tls_drop(client);
    pair_done(&pair);
    if (list) {
        object_unparent(OBJECT(list));
    }
    testing_remove_dir(server_dir);
    testing_remove_dir(client_dir);
}

static void test_meetings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(meetings); i++) {
        for (size_t v = 0; v < G_N_ELEMENTS(versions); v++) {
            run_meeting(&meetings[i], versions[v]);
        }
    }
}

static void test_no_verification(void)
{
    char *dir = tls_make_x509_dir();
    QCryptoTLSCreds *server = tls_creds("x509", "server", &error_abort, "dir", dir,
                                        "verify-peer", "no", NULL);
    QCryptoTLSCreds *client = tls_creds("x509", "client", &error_abort, "dir", dir,
                                        "verify-peer", "no", NULL);
    Pair pair;

    pair_init(&pair, server, client, "wrong.example", "no-such-object");
    g_assert_true(pair_handshake(&pair));
    expect_check(pair.server, NULL);
    expect_check(pair.client, NULL);
    g_assert_null(qcrypto_tls_session_get_peer_name(pair.server));
    pair_done(&pair);
    tls_drop(server);
    tls_drop(client);
    testing_remove_dir(dir);
}

static void check_authz(const char *id, const char *error)
{
    char *dir = tls_make_x509_dir();
    QCryptoTLSCreds *server = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    QCryptoTLSCreds *client = tls_creds("x509", "client", &error_abort, "dir", dir, NULL);
    Pair pair;

    pair_init(&pair, server, client, "qemu.org", id);
    g_assert_true(pair_handshake(&pair));
    expect_check(pair.server, error);
    pair_done(&pair);
    tls_drop(server);
    tls_drop(client);
    testing_remove_dir(dir);
}

static void test_authorization_objects(void)
{
    Object *secret = object_new_with_props("secret", object_get_objects_root(), "secret",
                                           &error_abort, "data", "x", NULL);
    QAuthZSimple *simple = qauthz_simple_new("simple", "C=UK,CN=qemu", &error_abort);

    check_authz("simple", NULL);
    check_authz("none", "no authorisation object with id 'none'");
    check_authz("secret", "does not decide");
    object_unparent(secret);
    object_unparent(OBJECT(simple));
}

static void test_psk(void)
{
    for (size_t v = 0; v < G_N_ELEMENTS(versions); v++) {
        char *dir = testing_make_dir(), *other = testing_make_dir();
        QCryptoTLSCreds *server, *client, *stranger;
        Pair pair;

        tls_write_file(dir, "keys.psk", "qemu:0123456789abcdef\n");
        tls_write_file(other, "keys.psk", "qemu:fedcba9876543210\n");
        server = tls_creds("psk", "server", &error_abort, "dir", dir, "priority", versions[v],
                           NULL);
        client = tls_creds("psk", "client", &error_abort, "dir", dir, "priority", versions[v],
                           NULL);
        stranger = tls_creds("psk", "client", &error_abort, "dir", other, "priority",
                             versions[v], NULL);
        pair_init(&pair, server, client, NULL, "ignored");
        g_assert_true(pair_handshake(&pair));
        expect_check(pair.server, NULL);
        expect_check(pair.client, NULL);
        pair_done(&pair);
        pair_init(&pair, server, stranger, NULL, NULL);
        g_assert_false(pair_handshake(&pair));
        pair_done(&pair);
        /* The server looks into the file at every handshake. */
        tls_write_file(dir, "keys.psk", "qemu:fedcba9876543210\n");
        pair_init(&pair, server, stranger, NULL, NULL);
        g_assert_true(pair_handshake(&pair));
        pair_done(&pair);
        tls_drop(server);
        tls_drop(client);
        tls_drop(stranger);
        testing_remove_dir(dir);
        testing_remove_dir(other);
    }
}

static void test_anonymous(void)
{
    QCryptoTLSCreds *server = tls_creds("anon", "server", &error_abort, NULL);
    QCryptoTLSCreds *client = tls_creds("anon", "client", &error_abort, NULL);
    Pair pair;

    pair_init(&pair, server, client, NULL, NULL);
    g_assert_true(pair_handshake(&pair));
    expect_check(pair.server, NULL);
    expect_check(pair.client, NULL);
    pair_done(&pair);
    tls_drop(server);
    tls_drop(client);
}

static void refuse(QCryptoTLSCreds *creds, QCryptoTLSCredsEndpoint endpoint, const char *error)
{
    unsigned references = OBJECT(creds)->ref;
    Error *err = NULL;

    g_assert_null(qcrypto_tls_session_new(creds, NULL, NULL, endpoint, &err));
    tls_expect_error(err, error);
    g_assert_null(qcrypto_tls_session_new(creds, NULL, NULL, endpoint, NULL));
    g_assert_cmpuint(OBJECT(creds)->ref, ==, references);
}

static void test_refusals(void)
{
    QCryptoTLSCreds *creds = tls_creds("anon", "server", &error_abort, "priority", "NONSENSE",
                                       NULL);
    Object *unloaded = object_new("tls-creds-x509");

    refuse(creds, QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT, "does not match");
    refuse(creds, QCRYPTO_TLS_CREDS_ENDPOINT_SERVER, "NONSENSE");
    refuse(QCRYPTO_TLS_CREDS(unloaded), QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT, "not loaded");
    object_unref(unloaded);
    tls_drop(creds);
    qcrypto_tls_session_free(NULL);
}

static void test_without_callbacks(void)
{
    QCryptoTLSCreds *creds = tls_creds("anon", "client", &error_abort, NULL);
    QCryptoTLSSession *session = qcrypto_tls_session_new(
        creds, NULL, NULL, QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT, &error_abort);
    Error *err = NULL;
    char byte = 0;

    g_assert_cmpint(qcrypto_tls_session_read(session, &byte, 1), ==, -1);
    g_assert_cmpint(errno, ==, EIO);
    g_assert_cmpint(qcrypto_tls_session_write(session, &byte, 1), ==, -1);
    g_assert_cmpint(errno, ==, EIO);
    g_assert_cmpint(qcrypto_tls_session_handshake(session, &err), ==, -1);
    tls_expect_error(err, "TLS handshake failed: ");
    qcrypto_tls_session_free(session);
    tls_drop(creds);
}

/* Reloading leaves sessions alone, in the middle of a handshake and after it. */
static void test_reload_under_sessions(void)
{
    char *dir = tls_make_x509_dir();
    QCryptoTLSCreds *server = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    QCryptoTLSCreds *client = tls_creds("x509", "client", &error_abort, "dir", dir, NULL);
    Error *err = NULL;
    char buffer[8];
    Pair pair;

    pair_init(&pair, server, client, "qemu.org", NULL);
    g_assert_cmpint(qcrypto_tls_session_handshake(pair.client, &error_abort), ==, 1);
    g_assert_cmpint(qcrypto_tls_session_get_handshake_status(pair.client), ==,
                    QCRYPTO_TLS_HANDSHAKE_RECVING);
    g_assert_cmpint(qcrypto_tls_session_handshake(pair.server, &error_abort), ==, 1);
    g_assert_true(QCRYPTO_TLS_CREDS_GET_CLASS(server)->reload(server, &error_abort));
    g_assert_true(pair_handshake(&pair));
    tls_write_file(dir, "server-key.pem", "garbage");
    g_assert_false(QCRYPTO_TLS_CREDS_GET_CLASS(server)->reload(server, &err));
    tls_expect_error(err, "server-key.pem");
    expect_check(pair.server, NULL);
    g_assert_cmpint(qcrypto_tls_session_write(pair.client, "hello", 5), ==, 5);
    g_assert_cmpint(qcrypto_tls_session_read(pair.server, buffer, sizeof(buffer)), ==, 5);
    g_assert_cmpint(qcrypto_tls_session_read(pair.server, buffer, sizeof(buffer)), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    pair_done(&pair);
    pair_init(&pair, server, client, "qemu.org", NULL);
    g_assert_true(pair_handshake(&pair));
    pair_done(&pair);
    tls_drop(server);
    tls_drop(client);
    testing_remove_dir(dir);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    g_assert_cmpint(qcrypto_init(NULL), ==, 0);
    testing_add("/tls/session/meetings", test_meetings);
    testing_add("/tls/session/no-verification", test_no_verification);
    testing_add("/tls/session/authorization-objects", test_authorization_objects);
    testing_add("/tls/session/psk", test_psk);
    testing_add("/tls/session/anonymous", test_anonymous);
    testing_add("/tls/session/refusals", test_refusals);
    testing_add("/tls/session/without-callbacks", test_without_callbacks);
    testing_add("/tls/session/reload", test_reload_under_sessions);
    return g_test_run();
}
