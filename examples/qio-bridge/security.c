/*
 * qio-bridge: credentials and access control.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/creds.h"
#include "authz/listfile.h"
#include "log.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "security.h"

#define AUTHZ_ID "clients"

/* Loads credentials if an option names their directory; false on failure. */
static bool load_creds(QCryptoTLSCreds **creds, const char *option,
                       const char *directory, const char *endpoint,
                       const char *more, Error **errp)
{
    g_autofree char *text = NULL;

    if (!directory) {
        return true;
    }
    text = g_strdup_printf("%s,dir=%s%s", endpoint, directory, more);
    *creds = creds_new(text, endpoint, errp);
    if (!*creds) {
        error_prepend(errp, "%s '%s': ", option, directory);
        return false;
    }
    return true;
}

static bool load_authz(Security *security, const Options *options, Error **errp)
{
    g_autofree char *path = NULL;

    if (!options->authz_list) {
        return true;
    }
    path = g_canonicalize_filename(options->authz_list, NULL);
    if (!qauthz_list_file_new(AUTHZ_ID, path, true, errp)) {
        error_prepend(errp, "--authz-list '%s': ", options->authz_list);
        return false;
    }
    security->authz = AUTHZ_ID;
    return true;
}

bool security_load(Security *security, const Options *options, Error **errp)
{
    const char *verify_peer =
        options->verify_peer ? ",verify-peer=on" : ",verify-peer=off";

    return load_creds(&security->server, "--tls-creds", options->tls_creds, "server",
                      verify_peer, errp) &&
           load_creds(&security->client, "--target-tls-creds",
                      options->target_tls_creds, "client", "", errp) &&
           load_authz(security, options, errp);
}

static void reload(QCryptoTLSCreds *creds, const char *whose)
{
    QCryptoTLSCredsClass *class;
    Error *error = NULL;

    if (!creds) {
        return;
    }
    class = QCRYPTO_TLS_CREDS_GET_CLASS(creds);
    if (class->reload && !class->reload(creds, &error)) {
        log_problem("the %s credentials stay as they were: %s", whose,
                    error_get_pretty(error));
        error_free(error);
        return;
    }
    log_info("the %s credentials were loaded again", whose);
}

void security_reload(const Security *security)
{
    reload(security->server, "server's");
    reload(security->client, "client's");
}

void security_clear(Security *security)
{
    g_clear_pointer(&security->server, object_unref);
    g_clear_pointer(&security->client, object_unref);
    if (security->authz) {
        object_unparent(object_resolve_path_component(object_get_objects_root(),
                                                      security->authz));
        security->authz = NULL;
    }
}
