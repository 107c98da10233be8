/*
 * Authorisation by the system's PAM. Whether anybody may enter is the system's
 * decision; nobody who does not exist may.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "testing.h"

#include "qemu/osdep.h"
#include "authz/pamacct.h"
#include "qapi/error.h"

static void test_nobody(void)
{
#ifdef HAVE_PAM
    static const char *const services[] = { "login", "no-such-service-here", "" };

    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        QAuthZPAM *authz = qauthz_pam_new("auth0", services[i], &error_abort);
        Error *err = NULL;

        g_assert_false(qauthz_is_allowed(QAUTHZ(authz), "no-such-user-here", &err));
        g_assert_nonnull(err);
        g_test_message("%s", error_get_pretty(err));
        g_assert_nonnull(strstr(error_get_pretty(err), "PAM"));
        error_free(err);
        object_unparent(OBJECT(authz));
    }
#else
    g_test_skip("built without PAM");
#endif
}

int main(int argc, char **argv)
{
    testing_init(&argc, &argv);
    module_call_init(MODULE_INIT_QOM);
    testing_add("/authz/pam/nobody", test_nobody);
    return g_test_run();
}
