/*
 * Authorisation by PAM, with a PAM of this program's own: the library calls its
 * functions in place of libpam's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "testing.h"

#include "qemu/osdep.h"
#include "authz/pamacct.h"
#include "qapi/error.h"
#include "qom/object_interfaces.h"

static void test_layout(void)
{
    g_assert_cmpuint(sizeof(QAuthZPAM), ==, 48);
    g_assert_cmpuint(offsetof(QAuthZPAM, service), ==, 40);
    g_assert_cmpstr(TYPE_QAUTHZ_PAM, ==, "authz-pam");
}

#ifdef HAVE_PAM

#include <security/pam_appl.h>

static struct {
    /* What they answer. */
    int start, acct_mgmt, end;
    /* How often they were called, and how the last transaction ended. */
    int started, asked, ended, status;
    bool is_open;
} fake;

/* The text for a number, which only an open transaction has. */
static char texts[2][32];

int pam_start(const char *service, const char *user, const struct pam_conv *conversation,
              pam_handle_t **handle)
{
    struct pam_response *responses = NULL;

    g_assert_false(fake.is_open);
    g_assert_cmpstr(service, ==, "qemu-vnc");
    g_assert_cmpstr(user, ==, "fred");
    /* Modules may ask for passwords, and get none. */
    g_assert_cmpint(conversation->conv(0, NULL, &responses, conversation->appdata_ptr), ==,
                    PAM_CONV_ERR);
    fake.started++;
    if (fake.start == PAM_SUCCESS) {
        fake.is_open = true;
        *handle = (pam_handle_t *)&fake;
    }
    return fake.start;
}

int pam_acct_mgmt(pam_handle_t *handle, int flags)
{
    g_assert_true(fake.is_open && handle == (pam_handle_t *)&fake);
    g_assert_cmpint(flags, ==, PAM_SILENT);
    fake.asked++;
    return fake.acct_mgmt;
}

int pam_end(pam_handle_t *handle, int status)
{
    g_assert_true(fake.is_open && handle == (pam_handle_t *)&fake);
    fake.is_open = false;
    fake.ended++;
    fake.status = status;
    return fake.end;
}

const char *pam_strerror(pam_handle_t *handle, int status)
{
    char *text = texts[handle != NULL];

    g_assert_true(!handle || fake.is_open);
    g_snprintf(text, sizeof(texts[0]), "reason %d%s", status, handle ? ", open" : "");
    return text;
}

static void expect_error(Error *err, const char *text)
{
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), text));
    error_free(err);
}

/* Asks about fred while PAM answers so; NULL: he is let in. */
static void ask(int start, int acct_mgmt, int end, const char *problem)
{
    QAuthZPAM *authz = qauthz_pam_new("auth0", "qemu-vnc", &error_abort);
    Error *err = NULL;
    bool allowed;

    memset(&fake, 0, sizeof(fake));
    fake.start = start;
    fake.acct_mgmt = acct_mgmt;
    fake.end = end;
    allowed = qauthz_is_allowed(QAUTHZ(authz), "fred", &err);
    g_assert_cmpint(allowed, ==, !problem);
    if (problem) {
        expect_error(err, problem);
        g_assert_false(qauthz_is_allowed_by_id("auth0", "fred", NULL));
    } else {
        g_assert_null(err);
        g_assert_true(qauthz_is_allowed_by_id("auth0", "fred", &error_abort));
    }
    g_assert_cmpint(fake.started, ==, 2);
    g_assert_cmpint(fake.asked, ==, start ? 0 : 2);
    g_assert_cmpint(fake.ended, ==, start ? 0 : 2);
    g_assert_cmpint(fake.status, ==, acct_mgmt);
    g_assert_false(fake.is_open);
    object_unparent(OBJECT(authz));
}

static void test_allowed(void)
{
    ask(PAM_SUCCESS, PAM_SUCCESS, PAM_SUCCESS, NULL);
}

static void test_denied(void)
{
    /* The reason is asked for while there is somebody to ask. */
    ask(PAM_SUCCESS, PAM_USER_UNKNOWN, PAM_SUCCESS, "'fred': reason 10, open");
    ask(PAM_SUCCESS, PAM_ACCT_EXPIRED, PAM_SYSTEM_ERR, "'fred': reason 13, open");
    ask(PAM_SUCCESS, PAM_NEW_AUTHTOK_REQD, PAM_SUCCESS, "'fred': reason 12, open");
}

static void test_failures(void)
{
    ask(PAM_SYSTEM_ERR, PAM_SUCCESS, PAM_SUCCESS, "'qemu-vnc': reason 4");
    ask(PAM_SUCCESS, PAM_SUCCESS, PAM_BUF_ERR, "'qemu-vnc' failed: reason 5");
}

static void test_properties(void)
{
    g_autofree char *service = NULL;
    QAuthZPAM *authz = qauthz_pam_new("auth0", "one", &error_abort);
    Object *bare;
    Error *err = NULL;

    service = object_property_get_str(OBJECT(authz), "service", &error_abort);
    g_assert_cmpstr(service, ==, "one");
    object_property_set_str(OBJECT(authz), "service", "other", &error_abort);
    g_assert_cmpstr(authz->service, ==, "other");
    g_assert_null(qauthz_pam_new("auth0", "one", &err));
    expect_error(err, "auth0");
    object_unparent(OBJECT(authz));
    err = NULL;
    g_assert_false(user_creatable_add_from_str("authz-pam,id=auth0", &err));
    expect_error(err, "'service'");
    g_assert_true(user_creatable_add_from_str("authz-pam,id=auth0,service=x", &error_abort));
    g_assert_true(user_creatable_del("auth0", &error_abort));
    /* Nobody has completed it: an error, not a crash. */
    bare = object_new(TYPE_QAUTHZ_PAM);
    err = NULL;
    g_assert_false(qauthz_is_allowed(QAUTHZ(bare), "fred", &err));
    expect_error(err, "'service'");
    object_unref(bare);
}

static void add_tests(void)
{
    testing_add("/authz/pam/allowed", test_allowed);
    testing_add("/authz/pam/denied", test_denied);
    testing_add("/authz/pam/failures", test_failures);
    testing_add("/authz/pam/properties", test_properties);
}

#else

/* The function is there in every build. */
static void test_absent(void)
{
    Error *err = NULL;

    g_assert_null(qauthz_pam_new("auth0", "login", &err));
    g_assert_nonnull(err);
    g_assert_nonnull(strstr(error_get_pretty(err), "authz-pam"));
    error_free(err);
    g_assert_null(object_class_by_name(TYPE_QAUTHZ_PAM));
}

static void add_tests(void)
{
    testing_add("/authz/pam/absent", test_absent);
}

#endif

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/authz/pam/layout", test_layout);
    add_tests();
    return g_test_run();
}
