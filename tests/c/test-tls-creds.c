/*
 * TLS credentials: which files load, and which certificates can work.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-fixture.h"
#include "testing.h"

#include "crypto/tlscredsanon.h"
#include "crypto/tlscredspsk.h"
#include "crypto/tlscredsx509.h"

#define SERVER GNUTLS_KP_TLS_WWW_SERVER
#define CLIENT GNUTLS_KP_TLS_WWW_CLIENT
#define BOTH GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT

/* A CA and one certificate that it issued. */
typedef struct SanityCase {
    const char *path;
    bool is_server;
    CertSpec ca;
    CertSpec leaf;
    /* Part of the error; NULL: it loads. */
    const char *error;
} SanityCase;

#define DEFAULT_CA { SPEC_CA("ca") }
#define LEAF(bits_presence, bits, eku_presence, ...) \
    { .name = "qemu", .constraints = CRITICAL, .usage = bits_presence, \
      .usage_bits = bits, .purposes = eku_presence, .purpose = { __VA_ARGS__ } }

static const SanityCase sanity_cases[] = {
    { "perfect-server", true, DEFAULT_CA, { SPEC_LEAF("qemu", SERVER) }, NULL },
    { "perfect-client", false, DEFAULT_CA, { SPEC_LEAF("qemu", CLIENT) }, NULL },
    { "good-ca-1", true,
      { .name = "ca", .constraints = CRITICAL, .is_ca = true },
      { SPEC_LEAF("qemu", SERVER) }, NULL },
    { "good-ca-2", true,
      { .name = "ca", .constraints = PRESENT, .is_ca = true, .usage = PRESENT,
        .usage_bits = GNUTLS_KEY_KEY_CERT_SIGN },
      { SPEC_LEAF("qemu", SERVER) }, NULL },
    { "good-ca-3", true,
      { .name = "ca", .constraints = CRITICAL, .is_ca = true, .usage = CRITICAL,
        .usage_bits = GNUTLS_KEY_KEY_CERT_SIGN },
      { SPEC_LEAF("qemu", SERVER) }, NULL },
    { "bad-ca-1", true,
      { .name = "ca", .constraints = CRITICAL, .is_ca = true, .usage = PRESENT,
        .usage_bits = GNUTLS_KEY_DIGITAL_SIGNATURE },
      { SPEC_LEAF("qemu", SERVER) }, "failed validation" },
    { "bad-ca-2", true, { .name = "ca" }, { SPEC_LEAF("qemu", SERVER) },
      "lacks the basic constraints" },
    { "bad-ca-3", true,
      { .name = "ca", .constraints = CRITICAL, .is_ca = true, .usage = CRITICAL,
        .usage_bits = GNUTLS_KEY_DIGITAL_SIGNATURE },
      { SPEC_LEAF("qemu", SERVER) }, "certificate signing" },
    { "ca-that-is-none", true, { .name = "ca", .constraints = CRITICAL },
      { SPEC_LEAF("qemu", SERVER) }, "not a CA" },
    { "leaf-that-is-a-ca", true, DEFAULT_CA, { SPEC_CA("qemu") }, "server certificate" },
    { "good-server-1", true, DEFAULT_CA, LEAF(ABSENT, 0, ABSENT, NULL), NULL },
    { "good-server-2", true, DEFAULT_CA,
      LEAF(CRITICAL, BOTH | GNUTLS_KEY_ENCIPHER_ONLY, ABSENT, NULL), NULL },
    { "good-server-3", true, DEFAULT_CA,
      LEAF(PRESENT, GNUTLS_KEY_KEY_CERT_SIGN, ABSENT, NULL), NULL },
    { "good-server-4", true, DEFAULT_CA, LEAF(ABSENT, 0, CRITICAL, SERVER), NULL },
    { "good-server-5", true, DEFAULT_CA, LEAF(ABSENT, 0, PRESENT, SERVER), NULL },
    { "good-server-6", true, DEFAULT_CA, LEAF(ABSENT, 0, CRITICAL, SERVER, CLIENT), NULL },
    { "good-server-7", true, DEFAULT_CA, LEAF(ABSENT, 0, PRESENT, SERVER, CLIENT), NULL },
    { "good-client-1", false, DEFAULT_CA, LEAF(ABSENT, 0, ABSENT, NULL), NULL },
    { "good-client-2", false, DEFAULT_CA,
      LEAF(CRITICAL, BOTH | GNUTLS_KEY_ENCIPHER_ONLY, ABSENT, NULL), NULL },
    { "good-client-3", false, DEFAULT_CA,
      LEAF(PRESENT, GNUTLS_KEY_KEY_CERT_SIGN, ABSENT, NULL), NULL },
    { "good-client-4", false, DEFAULT_CA, LEAF(ABSENT, 0, CRITICAL, CLIENT), NULL },
    { "good-client-5", false, DEFAULT_CA, LEAF(ABSENT, 0, PRESENT, CLIENT), NULL },
    { "good-client-6", false, DEFAULT_CA, LEAF(ABSENT, 0, CRITICAL, CLIENT, SERVER), NULL },
    { "good-client-7", false, DEFAULT_CA, LEAF(ABSENT, 0, PRESENT, CLIENT, SERVER), NULL },
    { "any-purpose", true, DEFAULT_CA, LEAF(ABSENT, 0, CRITICAL, GNUTLS_KP_ANY), NULL },
    { "signature-only", true, DEFAULT_CA,
      LEAF(CRITICAL, GNUTLS_KEY_DIGITAL_SIGNATURE, CRITICAL, SERVER), NULL },
    { "wrong-purpose-not-critical", true, DEFAULT_CA, LEAF(ABSENT, 0, PRESENT, CLIENT), NULL },
    { "bad-server-1", true, DEFAULT_CA,
      LEAF(CRITICAL, GNUTLS_KEY_KEY_CERT_SIGN, ABSENT, NULL), "digital signatures" },
    { "bad-server-2", true, DEFAULT_CA, LEAF(CRITICAL, BOTH, CRITICAL, CLIENT), "TLS server" },
    { "bad-server-3", true, DEFAULT_CA, LEAF(CRITICAL, 0, ABSENT, NULL), "digital signatures" },
    { "bad-client-1", false, DEFAULT_CA,
      LEAF(CRITICAL, GNUTLS_KEY_KEY_CERT_SIGN, ABSENT, NULL), "digital signatures" },
    { "bad-client-2", false, DEFAULT_CA, LEAF(CRITICAL, BOTH, CRITICAL, SERVER), "TLS client" },
    { "bad-client-3", false, DEFAULT_CA, LEAF(CRITICAL, 0, ABSENT, NULL), "digital signatures" },
    { "expired-1", true, { SPEC_CA("ca"), .start = -24, .end = -1 },
      { SPEC_LEAF("qemu", SERVER) }, "CA certificate" },
    { "expired-2", true, DEFAULT_CA,
      { SPEC_LEAF("qemu", SERVER), .start = -24, .end = -1 }, "has expired" },
    { "expired-3", false, DEFAULT_CA,
      { SPEC_LEAF("qemu", CLIENT), .start = -24, .end = -1 }, "has expired" },
    { "inactive-1", true, { SPEC_CA("ca"), .start = 1, .end = 2 },
      { SPEC_LEAF("qemu", SERVER) }, "CA certificate" },
    { "inactive-2", true, DEFAULT_CA,
      { SPEC_LEAF("qemu", SERVER), .start = 1, .end = 2 }, "not yet active" },
    { "inactive-3", false, DEFAULT_CA,
      { SPEC_LEAF("qemu", CLIENT), .start = 1, .end = 2 }, "not yet active" },
};

/* Loads what is in `dir`, which is removed, and expects `error`, or success. */
static void expect_load(char *dir, bool is_server, const char *error)
{
    Error *err = NULL;
    QCryptoTLSCreds *creds = tls_creds("x509", is_server ? "server" : "client", &err,
                                       "dir", dir, NULL);

    if (error) {
        g_assert_null(creds);
        tls_expect_error(err, error);
    } else {
        tls_no_error(err);
        g_assert_true(object_property_get_bool(OBJECT(creds), "loaded", &error_abort));
        tls_drop(creds);
    }
    testing_remove_dir(dir);
}

static void run_sanity_case(const SanityCase *test)
{
    char *dir = testing_make_dir();
    gnutls_x509_crt_t ca = tls_certificate(&test->ca, NULL);
    gnutls_x509_crt_t leaf = tls_certificate(&test->leaf, ca);

    tls_write_certificates(dir, "ca-cert.pem", ca, NULL);
    tls_write_certificates(dir, test->is_server ? "server-cert.pem" : "client-cert.pem", leaf,
                           NULL);
    tls_write_key(dir, test->is_server ? "server-key.pem" : "client-key.pem", NULL);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_crt_deinit(leaf);
    expect_load(dir, test->is_server, test->error);
}

static void test_sanity(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sanity_cases); i++) {
        g_test_message("%s", sanity_cases[i].path);
        run_sanity_case(&sanity_cases[i]);
    }
}

/* Root, two levels below it, and leaves under the second level. */
enum { ROOT, LEVEL1A, LEVEL1B, LEVEL2A, OTHER_ROOT, LEAF2A, LEAF1B, LATE_CA, N_CHAIN };

/* The members of one file, in order, up to N_CHAIN. */
typedef struct ChainCase {
    const char *path;
    bool is_server;
    int ca[6];
    int identity[4];
    const char *error;
} ChainCase;

static const ChainCase chain_cases[] = {
    { "server", true, { ROOT, LEVEL1A, LEVEL1B, LEVEL2A, N_CHAIN }, { LEAF2A, N_CHAIN }, NULL },
    { "client", false, { ROOT, LEVEL1A, LEVEL1B, LEVEL2A, N_CHAIN }, { LEAF1B, N_CHAIN }, NULL },
    { "inactive-ca-aside", true, { ROOT, LATE_CA, LEVEL1A, LEVEL2A, N_CHAIN },
      { LEAF2A, N_CHAIN }, NULL },
    { "gap-in-ca-file", true, { ROOT, LEVEL2A, N_CHAIN }, { LEAF2A, N_CHAIN },
      "has no issuer in the CA chain" },
    { "issuer-only", true, { LEVEL2A, N_CHAIN }, { LEAF2A, N_CHAIN },
      "has no issuer in the CA chain" },
    { "identity-chain", true, { ROOT, N_CHAIN }, { LEAF2A, LEVEL2A, LEVEL1A, N_CHAIN }, NULL },
    { "other-root-too", true, { OTHER_ROOT, ROOT, N_CHAIN },
      { LEAF2A, LEVEL2A, LEVEL1A, N_CHAIN }, NULL },
    { "short-identity", true, { ROOT, N_CHAIN }, { LEAF2A, LEVEL2A, N_CHAIN },
      "has no issuer in the CA chain" },
    { "unsorted-identity", true, { ROOT, N_CHAIN }, { LEAF2A, LEVEL1A, LEVEL2A, N_CHAIN },
      "is not issued by the next one" },
    { "client-chain", false, { ROOT, N_CHAIN }, { LEAF1B, LEVEL1B, N_CHAIN }, NULL },
};

static void write_members(const char *dir, const char *file, gnutls_x509_crt_t *all,
                          const int *members)
{
    gnutls_x509_crt_t c[6] = { NULL };

    for (size_t i = 0; members[i] != N_CHAIN; i++) {
        c[i] = all[members[i]];
    }
    tls_write_certificates(dir, file, c[0], c[1], c[2], c[3], c[4], c[5], NULL);
}

static void test_chains(void)
{
    static const CertSpec root = { SPEC_CA("root") }, level1a = { SPEC_CA("level1a") },
        level1b = { SPEC_CA("level1b") }, level2a = { SPEC_CA("level2a") },
        other = { SPEC_CA("other") }, leaf2a = { SPEC_LEAF("leaf2a", SERVER) },
        leaf1b = { SPEC_LEAF("leaf1b", CLIENT) },
        late = { SPEC_CA("late"), .start = 1, .end = 2 };
    gnutls_x509_crt_t all[N_CHAIN];

    all[ROOT] = tls_certificate(&root, NULL);
    all[LEVEL1A] = tls_certificate(&level1a, all[ROOT]);
    all[LEVEL1B] = tls_certificate(&level1b, all[ROOT]);
    all[LEVEL2A] = tls_certificate(&level2a, all[LEVEL1A]);
    all[OTHER_ROOT] = tls_certificate(&other, NULL);
    all[LEAF2A] = tls_certificate(&leaf2a, all[LEVEL2A]);
    all[LEAF1B] = tls_certificate(&leaf1b, all[LEVEL1B]);
    all[LATE_CA] = tls_certificate(&late, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(chain_cases); i++) {
        const ChainCase *test = &chain_cases[i];
        char *dir = testing_make_dir();

        g_test_message("%s", test->path);
        write_members(dir, "ca-cert.pem", all, test->ca);
        write_members(dir, test->is_server ? "server-cert.pem" : "client-cert.pem", all,
                      test->identity);
        tls_write_key(dir, test->is_server ? "server-key.pem" : "client-key.pem", NULL);
        expect_load(dir, test->is_server, test->error);
    }
    for (size_t i = 0; i < N_CHAIN; i++) {
        gnutls_x509_crt_deinit(all[i]);
    }
}

/* Two CAs that issued each other: there is no end to walk to. */
static void test_ca_loop(void)
{
    static const CertSpec a = { SPEC_CA("a") }, b = { SPEC_CA("b") },
        leaf_spec = { SPEC_LEAF("leaf", SERVER) };
    char *dir = testing_make_dir();
    gnutls_x509_crt_t a_root = tls_certificate(&a, NULL), b_root = tls_certificate(&b, NULL);
    gnutls_x509_crt_t a_by_b = tls_certificate(&a, b_root), b_by_a = tls_certificate(&b, a_root);
    gnutls_x509_crt_t leaf = tls_certificate(&leaf_spec, a_by_b);

    tls_write_certificates(dir, "ca-cert.pem", a_by_b, b_by_a, NULL);
    tls_write_certificates(dir, "server-cert.pem", leaf, NULL);
    tls_write_key(dir, "server-key.pem", NULL);
    gnutls_x509_crt_deinit(a_root);
    gnutls_x509_crt_deinit(b_root);
    gnutls_x509_crt_deinit(a_by_b);
    gnutls_x509_crt_deinit(b_by_a);
    gnutls_x509_crt_deinit(leaf);
    expect_load(dir, true, "does not end");
}

static void remove_file(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);

    g_assert_cmpint(unlink(path), ==, 0);
}

static void test_missing_files(void)
{
    static const struct {
        bool is_server;
        const char *file;
        const char *error;
    } cases[] = {
        { true, "ca-cert.pem", "ca-cert.pem: No such file" },
        { true, "server-cert.pem", "server-cert.pem: No such file" },
        { true, "server-key.pem", "server-key.pem: No such file" },
        { false, "ca-cert.pem", "ca-cert.pem: No such file" },
        { false, "client-cert.pem", NULL },
        { false, "client-key.pem", "There is no key" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *dir = tls_make_x509_dir();

        remove_file(dir, cases[i].file);
        expect_load(dir, cases[i].is_server, cases[i].error);
    }
}

static void test_broken_files(void)
{
    static const struct {
        const char *file;
        const char *text;
    } cases[] = {
        { "ca-cert.pem", "" }, { "ca-cert.pem", "garbage" },
        { "server-cert.pem", "" }, { "server-cert.pem", "garbage" },
        { "server-key.pem", "" }, { "server-key.pem", "garbage" },
        { "ca-crl.pem", "garbage" }, { "dh-params.pem", "garbage" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *dir = tls_make_x509_dir();

        tls_write_file(dir, cases[i].file, cases[i].text);
        expect_load(dir, true, cases[i].file);
    }
}

static void test_empty_ca_file_without_sanity_check(void)
{
    char *dir = tls_make_x509_dir();
    Error *err = NULL;

    tls_write_file(dir, "ca-cert.pem", "");
    g_assert_null(tls_creds("x509", "server", &err, "dir", dir, "sanity-check", "off", NULL));
    tls_expect_error(err, "ca-cert.pem");
    testing_remove_dir(dir);
}

static void test_no_dir(void)
{
    Error *err = NULL;
    QCryptoTLSCreds *creds;

    g_assert_null(tls_creds("x509", "server", &err, NULL));
    tls_expect_error(err, "'dir'");
    err = NULL;
    g_assert_null(tls_creds("psk", "client", &err, NULL));
    tls_expect_error(err, "'dir'");
    /* An error that nobody wants is still a failure. */
    g_assert_null(tls_creds("psk", "server", NULL, NULL));
    creds = tls_creds("anon", "server", &error_abort, NULL);
    tls_drop(creds);
    creds = tls_creds("anon", "client", &error_abort, NULL);
    tls_drop(creds);
}

static void test_psk_files(void)
{
    static const struct {
        const char *text;
        const char *user;
        const char *error;
    } cases[] = {
        { "qemu:0123456789abcdef\n", NULL, NULL },
        { "other:00\nqemu:0123456789abcdef", NULL, NULL },
        { "other:0123456789abcdef\n", NULL, "no key for user 'qemu'" },
        { "other:0123456789abcdef\n", "other", NULL },
        { "qemu:0123456789abcdef\r\n", NULL, "Cannot use the key" },
        { "qemu:xyz\n", NULL, "Cannot use the key" },
        { "", NULL, "no key" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *dir = testing_make_dir();
        Error *err = NULL;
        QCryptoTLSCreds *creds;

        tls_write_file(dir, "keys.psk", cases[i].text);
        creds = tls_creds("psk", "client", &err, "dir", dir,
                          cases[i].user ? "username" : NULL, cases[i].user, NULL);
        if (cases[i].error) {
            g_assert_null(creds);
            tls_expect_error(err, cases[i].error);
        } else {
            tls_no_error(err);
            tls_drop(creds);
        }
        testing_remove_dir(dir);
    }
}

static void test_psk_server(void)
{
    char *dir = testing_make_dir();
    Error *err = NULL;

    g_assert_null(tls_creds("psk", "server", &err, "dir", dir, NULL));
    tls_expect_error(err, "keys.psk: No such file");
    tls_write_file(dir, "keys.psk", "qemu:00\n");
    err = NULL;
    g_assert_null(tls_creds("psk", "server", &err, "dir", dir, "username", "x", NULL));
    tls_expect_error(err, "for clients only");
    tls_drop(tls_creds("psk", "server", &error_abort, "dir", dir, NULL));
    testing_remove_dir(dir);
}

static void test_encrypted_key(void)
{
    char *dir = tls_make_x509_dir();
    Error *err = NULL;
    Object *good, *bad, *binary;

    tls_write_key(dir, "server-key.pem", "123456");
    good = object_new_with_props("secret", object_get_objects_root(), "good", &error_abort,
                                 "data", "123456", NULL);
    bad = object_new_with_props("secret", object_get_objects_root(), "bad", &error_abort,
                                "data", "654321", NULL);
    binary = object_new_with_props("secret", object_get_objects_root(), "binary", &error_abort,
                                   "data", "gIGC", "format", "base64", NULL);
    tls_drop(tls_creds("x509", "server", &error_abort, "dir", dir, "passwordid", "good", NULL));
    g_assert_null(tls_creds("x509", "server", &err, "dir", dir, "passwordid", "bad", NULL));
    tls_expect_error(err, "server-key.pem");
    err = NULL;
    g_assert_null(tls_creds("x509", "server", &err, "dir", dir, NULL));
    tls_expect_error(err, "server-key.pem");
    err = NULL;
    g_assert_null(tls_creds("x509", "server", &err, "dir", dir, "passwordid", "none", NULL));
    tls_expect_error(err, "no secret with id 'none'");
    err = NULL;
    g_assert_null(tls_creds("x509", "server", &err, "dir", dir, "passwordid", "binary", NULL));
    tls_expect_error(err, "not valid UTF-8");
    object_unparent(good);
    object_unparent(bad);
    object_unparent(binary);
    testing_remove_dir(dir);
}

static void test_properties(void)
{
    char *dir = tls_make_x509_dir();
    QCryptoTLSCreds *creds = tls_creds("x509", "server", &error_abort, "dir", dir,
                                       "priority", "NORMAL", "verify-peer", "no", NULL);
    Object *object = OBJECT(creds);
    g_autofree char *read_dir = object_property_get_str(object, "dir", &error_abort);
    g_autofree char *priority = object_property_get_str(object, "priority", &error_abort);
    Error *err = NULL;

    g_assert_cmpstr(read_dir, ==, dir);
    g_assert_cmpstr(priority, ==, "NORMAL");
    g_assert_false(object_property_get_bool(object, "verify-peer", &error_abort));
    g_assert_true(object_property_get_bool(object, "sanity-check", &error_abort));
    g_assert_cmpint(object_property_get_enum(object, "endpoint", "QCryptoTLSCredsEndpoint",
                                             &error_abort), ==,
                    QCRYPTO_TLS_CREDS_ENDPOINT_SERVER);
    g_assert_false(object_property_set_bool(object, "loaded", true, &err));
    tls_expect_error(err, "loaded");
    err = NULL;
    g_assert_false(object_property_set_str(object, "endpoint", "nobody", &err));
    tls_expect_error(err, "Parameter 'endpoint' does not accept value 'nobody'");
    tls_drop(creds);
    testing_remove_dir(dir);
}

static void test_endpoint_check(void)
{
    QCryptoTLSCreds *creds = tls_creds("anon", "server", &error_abort, NULL);
    Error *err = NULL;

    g_assert_true(qcrypto_tls_creds_check_endpoint(creds, QCRYPTO_TLS_CREDS_ENDPOINT_SERVER,
                                                   &error_abort));
    g_assert_false(qcrypto_tls_creds_check_endpoint(creds, QCRYPTO_TLS_CREDS_ENDPOINT_CLIENT,
                                                    &err));
    tls_expect_error(err, "client endpoint");
    tls_drop(creds);
}

static void test_reload_slot(void)
{
    static const char *const types[] = {
        TYPE_QCRYPTO_TLS_CREDS_ANON, TYPE_QCRYPTO_TLS_CREDS_PSK, TYPE_QCRYPTO_TLS_CREDS_X509,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        ObjectClass *class = object_class_by_name(types[i]);

        g_assert_false(object_class_is_abstract(class));
        g_assert_true((QCRYPTO_TLS_CREDS_CLASS(class)->reload != NULL) == (i == 2));
    }
    g_assert_true(object_class_is_abstract(object_class_by_name(TYPE_QCRYPTO_TLS_CREDS)));
}

static void test_reload(void)
{
    char *dir = tls_make_x509_dir();
    QCryptoTLSCreds *creds = tls_creds("x509", "server", &error_abort, "dir", dir, NULL);
    Error *err = NULL;

    g_assert_true(QCRYPTO_TLS_CREDS_GET_CLASS(creds)->reload(creds, &error_abort));
    tls_write_file(dir, "server-cert.pem", "garbage");
    g_assert_false(QCRYPTO_TLS_CREDS_GET_CLASS(creds)->reload(creds, &err));
    tls_expect_error(err, "server-cert.pem");
    g_assert_true(object_property_get_bool(OBJECT(creds), "loaded", &error_abort));
    tls_drop(creds);
    testing_remove_dir(dir);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    gnutls_global_init();
    testing_add("/tls/creds/sanity", test_sanity);
    testing_add("/tls/creds/chains", test_chains);
    testing_add("/tls/creds/ca-loop", test_ca_loop);
    testing_add("/tls/creds/missing-files", test_missing_files);
    testing_add("/tls/creds/broken-files", test_broken_files);
    testing_add("/tls/creds/empty-ca-file", test_empty_ca_file_without_sanity_check);
    testing_add("/tls/creds/no-dir", test_no_dir);
    testing_add("/tls/creds/psk-files", test_psk_files);
    testing_add("/tls/creds/psk-server", test_psk_server);
    testing_add("/tls/creds/encrypted-key", test_encrypted_key);
    testing_add("/tls/creds/properties", test_properties);
    testing_add("/tls/creds/endpoint-check", test_endpoint_check);
    testing_add("/tls/creds/reload-slot", test_reload_slot);
    testing_add("/tls/creds/reload", test_reload);
    return g_test_run();
}
