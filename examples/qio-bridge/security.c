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

static bool load_server(Security *security, const Options *options, Error **errp)
{
    g_autofree char *text = NULL;

    if (!options->tls_creds) {
        return true;
    }
    text = g_strdup_printf("server,dir=%s,verify-peer=%s", options->tls_creds,
                           options->verify_peer ? "on" : "off");
    security->server = creds_new(text, "server", errp);
    if (!security->server) {
        error_prepend(errp, "--tls-creds '%s': ", options->tls_creds);
        return false;
    }
    return true;
}

static bool load_client(Security *security, const Options *options, Error **errp)
{
    g_autofree char *text = NULL;

    if (!options->target_tls_creds) {
        return true;
    }
    text = g_strdup_printf("client,dir=%s", options->target_tls_creds);
    security->client = creds_new(text, "client", errp);
    if (!security->client) {
        error_prepend(errp, "--target-tls-creds '%s': ",
                      options->target_tls_creds);
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
    return load_server(security, options, errp) &&
           load_client(security, options, errp) &&
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
