/*
 * Certificates, keys and credentials for the TLS tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tls-fixture.h"
#include "testing.h"

#include <gnutls/x509-ext.h>

#define OK(call) g_assert_cmpint((call), >=, 0)

static gnutls_x509_privkey_t shared_key(void)
{
    static gnutls_x509_privkey_t key;

    if (!key) {
        OK(gnutls_x509_privkey_init(&key));
        OK(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    }
    return key;
}

static void set_extension(gnutls_x509_crt_t crt, const char *oid, gnutls_datum_t *der,
                          Presence presence)
{
    OK(gnutls_x509_crt_set_extension_by_oid(crt, oid, der->data, der->size,
                                            presence == CRITICAL));
    gnutls_free(der->data);
}

static void set_purposes(gnutls_x509_crt_t crt, const CertSpec *spec)
{
    gnutls_x509_key_purposes_t purposes;
    gnutls_datum_t der;

    OK(gnutls_x509_key_purpose_init(&purposes));
    for (size_t i = 0; i < G_N_ELEMENTS(spec->purpose) && spec->purpose[i]; i++) {
        OK(gnutls_x509_key_purpose_set(purposes, spec->purpose[i]));
    }
    OK(gnutls_x509_ext_export_key_purposes(purposes, &der));
    gnutls_x509_key_purpose_deinit(purposes);
    set_extension(crt, "2.5.29.37", &der, spec->purposes);
}

static void set_alternative_names(gnutls_x509_crt_t crt, const CertSpec *spec)
{
    for (size_t i = 0; i < G_N_ELEMENTS(spec->dns) && spec->dns[i]; i++) {
        OK(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, spec->dns[i],
                                                strlen(spec->dns[i]), GNUTLS_FSAN_APPEND));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(spec->ip) && spec->ip[i]; i++) {
        unsigned char address[16];
        bool is_v6 = strchr(spec->ip[i], ':');

        g_assert_cmpint(inet_pton(is_v6 ? AF_INET6 : AF_INET, spec->ip[i], address), ==, 1);
        OK(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address,
                                                is_v6 ? 16 : 4, GNUTLS_FSAN_APPEND));
    }
}

gnutls_x509_crt_t tls_certificate(const CertSpec *spec, gnutls_x509_crt_t issuer)
{
    static unsigned char serial[5] = { 1, 2, 3, 4, 0 };
    time_t now = time(NULL);
    gnutls_x509_crt_t crt;
    gnutls_datum_t der;

    OK(gnutls_x509_crt_init(&crt));
    OK(gnutls_x509_crt_set_key(crt, shared_key()));
    OK(gnutls_x509_crt_set_version(crt, 3));
    serial[4]++;
    OK(gnutls_x509_crt_set_serial(crt, serial, sizeof(serial)));
    OK(gnutls_x509_crt_set_activation_time(crt, now + spec->start * 3600));
    OK(gnutls_x509_crt_set_expiration_time(crt, now + (spec->end ? spec->end : 24) * 3600));
    if (spec->name) {
        OK(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COUNTRY_NAME, 0, "UK", 2));
        OK(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, spec->name,
                                         strlen(spec->name)));
    }
    set_alternative_names(crt, spec);
    if (spec->constraints) {
        OK(gnutls_x509_ext_export_basic_constraints(spec->is_ca, -1, &der));
        set_extension(crt, "2.5.29.19", &der, spec->constraints);
    }
    if (spec->usage) {
        OK(gnutls_x509_ext_export_key_usage(spec->usage_bits, &der));
        set_extension(crt, "2.5.29.15", &der, spec->usage);
    }
    if (spec->purposes) {
        set_purposes(crt, spec);
    }
    OK(gnutls_x509_crt_sign2(crt, issuer ? issuer : crt, shared_key(), GNUTLS_DIG_SHA256, 0));
    return crt;
}

void tls_write_file(const char *dir, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void write_datum(const char *dir, const char *file, gnutls_datum_t *datum)
{
    g_autofree char *text = g_strndup((char *)datum->data, datum->size);

    tls_write_file(dir, file, text);
    gnutls_free(datum->data);
}

void tls_write_certificates(const char *dir, const char *file, ...)
{
    g_autoptr(GString) text = g_string_new(NULL);
    gnutls_x509_crt_t crt;
    va_list certificates;

    va_start(certificates, file);
    while ((crt = va_arg(certificates, gnutls_x509_crt_t))) {
        gnutls_datum_t pem;

        OK(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
        g_string_append_len(text, (char *)pem.data, pem.size);
        gnutls_free(pem.data);
    }
    va_end(certificates);
    tls_write_file(dir, file, text->str);
}

void tls_write_key(const char *dir, const char *file, const char *password)
{
    gnutls_datum_t pem;

    OK(gnutls_x509_privkey_export2_pkcs8(shared_key(), GNUTLS_X509_FMT_PEM, password,
                                         password ? GNUTLS_PKCS_PBES2_AES_256
                                                  : GNUTLS_PKCS_PLAIN, &pem));
    write_datum(dir, file, &pem);
}

void tls_write_crl(const char *dir, const char *file, gnutls_x509_crt_t issuer,
                   gnutls_x509_crt_t revoked)
{
    time_t now = time(NULL);
    gnutls_x509_crl_t crl;
    gnutls_datum_t pem;

    OK(gnutls_x509_crl_init(&crl));
    OK(gnutls_x509_crl_set_version(crl, 2));
    OK(gnutls_x509_crl_set_this_update(crl, now));
    OK(gnutls_x509_crl_set_next_update(crl, now + 24 * 3600));
    OK(gnutls_x509_crl_set_crt(crl, revoked, now));
    OK(gnutls_x509_crl_sign2(crl, issuer, shared_key(), GNUTLS_DIG_SHA256, 0));
    OK(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem));
    gnutls_x509_crl_deinit(crl);
    write_datum(dir, file, &pem);
}

char *tls_make_x509_dir(void)
{
    static const CertSpec ca_spec = { SPEC_CA("ca") };
    static const CertSpec server_spec = { SPEC_LEAF("qemu.org", GNUTLS_KP_TLS_WWW_SERVER) };
    static const CertSpec client_spec = { SPEC_LEAF("qemu", GNUTLS_KP_TLS_WWW_CLIENT) };
    char *dir = testing_make_dir();
    gnutls_x509_crt_t ca = tls_certificate(&ca_spec, NULL);
    gnutls_x509_crt_t server = tls_certificate(&server_spec, ca);
    gnutls_x509_crt_t client = tls_certificate(&client_spec, ca);

    tls_write_certificates(dir, "ca-cert.pem", ca, NULL);
    tls_write_certificates(dir, "server-cert.pem", server, NULL);
    tls_write_certificates(dir, "client-cert.pem", client, NULL);
    tls_write_key(dir, "server-key.pem", NULL);
    tls_write_key(dir, "client-key.pem", NULL);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_crt_deinit(server);
    gnutls_x509_crt_deinit(client);
    return dir;
}

QCryptoTLSCreds *tls_creds(const char *kind, const char *endpoint, Error **errp, ...)
{
    static int number;
    g_autofree char *type = g_strdup_printf("tls-creds-%s", kind);
    g_autofree char *id = g_strdup_printf("creds%d", number++);
    Object *object = object_new(type);
    Error *err = NULL;
    const char *name;
    va_list properties;

    object_property_set_str(object, "endpoint", endpoint, &error_abort);
    va_start(properties, errp);
    while (!err && (name = va_arg(properties, const char *))) {
        object_property_parse(object, name, va_arg(properties, const char *), &err);
    }
    va_end(properties);
    if (!err) {
        object_property_add_child(object_get_objects_root(), id, object);
        if (!user_creatable_complete((UserCreatable *)object, &err)) {
            object_unparent(object);
        }
    }
    object_unref(object);
    if (err) {
        error_propagate(errp, err);
        return NULL;
    }
    return QCRYPTO_TLS_CREDS(object);
}

void tls_drop(void *object)
{
    object_unparent(OBJECT(object));
}

void tls_no_error(Error *err)
{
    if (err) {
        g_error("unexpected error: %s", error_get_pretty(err));
    }
}

void tls_expect_error(Error *err, const char *text)
{
    g_assert_nonnull(err);
    if (!strstr(error_get_pretty(err), text)) {
        g_error("'%s' is not in the error '%s'", text, error_get_pretty(err));
    }
    error_free(err);
}
