/*
 * Secrets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "testing.h"

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "crypto/secret.h"

#include <gnutls/crypto.h>

static Object *secret(const char *id, const char *property, const char *value,
                      const char *format, Error **errp)
{
    return object_new_with_props(TYPE_QCRYPTO_SECRET, object_get_objects_root(), id, errp,
                                 property, value, format ? "format" : NULL, format, NULL);
}

static void expect_text(const char *id, const char *text)
{
    g_autofree char *found = qcrypto_secret_lookup_as_utf8(id, &error_abort);

    g_assert_cmpstr(found, ==, text);
}

static void expect_no_secret(const char *property, const char *value, const char *format)
{
    Error *err = NULL;

    g_assert_null(secret("bad", property, value, format, &err));
    error_free_or_abort(&err);
}

static void test_layout(void)
{
    g_assert_cmpuint(sizeof(QCryptoSecretCommon), ==, 80);
    g_assert_cmpuint(sizeof(QCryptoSecretCommonClass), ==, 104);
    g_assert_cmpuint(sizeof(QCryptoSecret), ==, 96);
    g_assert_cmpuint(offsetof(QCryptoSecret, file), ==, 88);
    g_assert_cmpstr(QCryptoSecretFormat_str(QCRYPTO_SECRET_FORMAT_BASE64), ==, "base64");
    g_assert_true(object_class_is_abstract(object_class_by_name(TYPE_QCRYPTO_SECRET_COMMON)));
}

static void test_direct(void)
{
    Object *object = secret("sec0", "data", "123456", NULL, &error_abort);
    g_autofree char *base64 = qcrypto_secret_lookup_as_base64("sec0", &error_abort);
    g_autofree uint8_t *data = NULL;
    size_t length;

    expect_text("sec0", "123456");
    g_assert_cmpstr(base64, ==, "MTIzNDU2");
    g_assert_cmpint(qcrypto_secret_lookup("sec0", &data, &length, &error_abort), ==, 0);
    g_assert_cmpmem(data, length + 1, "123456", 7);
    g_assert_true(object_property_get_bool(object, "loaded", &error_abort));
    object_unparent(object);
}

static void test_file(void)
{
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "secret", NULL);
    Object *object;

    expect_no_secret("file", path, NULL);
    g_assert_true(g_file_set_contents(path, "123456", -1, NULL));
    object = secret("sec0", "file", path, NULL, &error_abort);
    expect_text("sec0", "123456");
    object_unparent(object);
    g_assert_true(g_file_set_contents(path, "", -1, NULL));
    object = secret("sec0", "file", path, NULL, &error_abort);
    expect_text("sec0", "");
    object_unparent(object);
    testing_remove_dir(dir);
}

static void test_formats(void)
{
    Object *object = secret("sec0", "data", "MTIzNDU2", "base64", &error_abort);
    Error *err = NULL;

    expect_text("sec0", "123456");
    object_unparent(object);
    expect_no_secret("data", "MTI$NDU2", "base64");
    expect_no_secret("data", "x", "hex");
    object = secret("sec0", "data", "gIGC", "base64", &error_abort);
    g_assert_null(qcrypto_secret_lookup_as_utf8("sec0", &err));
    error_free_or_abort(&err);
    object_unparent(object);
}

static void test_input(void)
{
    Error *err = NULL;

    g_assert_null(object_new_with_props(TYPE_QCRYPTO_SECRET, object_get_objects_root(), "bad",
                                        &err, NULL));
    error_free_or_abort(&err);
    g_assert_null(object_new_with_props(TYPE_QCRYPTO_SECRET, object_get_objects_root(), "bad",
                                        &err, "data", "x", "file", "/dev/null", NULL));
    error_free_or_abort(&err);
}

static void test_lookup(void)
{
    Object *container = object_new("authz-list");
    Object *empty = object_new(TYPE_QCRYPTO_SECRET);
    Error *err = NULL;

    g_assert_null(qcrypto_secret_lookup_as_utf8("none", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "'none'"));
    error_free_or_abort(&err);
    object_property_add_child(object_get_objects_root(), "list", container);
    g_assert_null(qcrypto_secret_lookup_as_utf8("list", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "not a secret"));
    error_free_or_abort(&err);
    object_property_add_child(object_get_objects_root(), "empty", empty);
    g_assert_null(qcrypto_secret_lookup_as_utf8("empty", &err));
    g_assert_nonnull(strstr(error_get_pretty(err), "no data"));
    error_free_or_abort(&err);
    object_unparent(container);
    object_unparent(empty);
    object_unref(container);
    object_unref(empty);
}

static const char key[32] = "0123456789abcdef0123456789ABCDEF";
static const char iv[16] = "initialisation!!";

/* "top secret" with its padding, encrypted. */
static void encrypt(char block[16])
{
    gnutls_datum_t key_datum = { (unsigned char *)key, sizeof(key) };
    gnutls_datum_t iv_datum = { (unsigned char *)iv, sizeof(iv) };
    gnutls_cipher_hd_t cipher;

    memcpy(block, "top secret\6\6\6\6\6\6", 16);
    g_assert_cmpint(gnutls_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_CBC, &key_datum,
                                       &iv_datum), ==, 0);
    g_assert_cmpint(gnutls_cipher_encrypt(cipher, block, 16), ==, 0);
    gnutls_cipher_deinit(cipher);
}

static Object *encrypted(const char *property, const char *value, const char *format,
                         const char *keyid, const char *vector, Error **errp)
{
    return object_new_with_props(TYPE_QCRYPTO_SECRET, object_get_objects_root(), "sec1", errp,
                                 property, value, "format", format, "keyid", keyid,
                                 vector ? "iv" : NULL, vector, NULL);
}

static void test_encrypted(void)
{
    g_autofree char *key64 = g_base64_encode((guchar *)key, sizeof(key));
    g_autofree char *short_key64 = g_base64_encode((guchar *)key, 31);
    g_autofree char *iv64 = g_base64_encode((guchar *)iv, sizeof(iv));
    g_autofree char *short_iv64 = g_base64_encode((guchar *)iv, 15);
    Object *master = secret("master", "data", key64, "base64", &error_abort);
    Object *short_master = secret("short", "data", short_key64, "base64", &error_abort);
    char *dir = testing_make_dir();
    g_autofree char *path = g_build_filename(dir, "secret", NULL);
    g_autofree char *text = NULL;
    char block[16];
    Object *object;
    const struct { const char *keyid, *iv, *data; } bad[] = {
        { "none", iv64, NULL }, { "short", iv64, NULL }, { "master", NULL, NULL },
        { "master", short_iv64, NULL }, { "master", "$$$", NULL }, { "master", iv64, "" },
        { "master", iv64, "MTIz" },
    };

    encrypt(block);
    text = g_base64_encode((guchar *)block, sizeof(block));
    object = encrypted("data", text, "base64", "master", iv64, &error_abort);
    expect_text("sec1", "top secret");
    object_unparent(object);
    g_assert_true(g_file_set_contents(path, block, sizeof(block), NULL));
    object = encrypted("file", path, "raw", "master", iv64, &error_abort);
    expect_text("sec1", "top secret");
    object_unparent(object);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Error *err = NULL;

        g_assert_null(encrypted("data", bad[i].data ? bad[i].data : text, "base64",
                                bad[i].keyid, bad[i].iv, &err));
        error_free_or_abort(&err);
    }
    object_unparent(master);
    object_unparent(short_master);
    testing_remove_dir(dir);
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    testing_add("/secret/layout", test_layout);
    testing_add("/secret/direct", test_direct);
    testing_add("/secret/file", test_file);
    testing_add("/secret/formats", test_formats);
    testing_add("/secret/input", test_input);
    testing_add("/secret/lookup", test_lookup);
    testing_add("/secret/encrypted", test_encrypted);
    return g_test_run();
}
