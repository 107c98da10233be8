/*
 * TLS credentials from a command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "creds.h"
#include "qapi/error.h"
#include "qom/object.h"
#include "qom/object_interfaces.h"

/* Takes the object with this id out of the tree, if it is of use. */
static QCryptoTLSCreds *take_creds(const char *id, Error **errp)
{
    Object *object = object_resolve_path_component(object_get_objects_root(), id);

    if (!object || !object_dynamic_cast(object, TYPE_QCRYPTO_TLS_CREDS)) {
        error_setg(errp, "'%s' are no TLS credentials", id);
        return NULL;
    }
    object_ref(object);
    /* Other credentials may want the same name. */
    object_unparent(object);
    return QCRYPTO_TLS_CREDS(object);
}

QCryptoTLSCreds *creds_new(const char *description, const char *endpoint,
                           Error **errp)
{
    /* Of values for one name the last counts. */
    g_autofree char *text = g_strdup_printf(
        "qom-type=tls-creds-x509,id=%s,endpoint=%s", description, endpoint);
    g_autofree char *id = g_strndup(description, strcspn(description, ","));
    Error *error = NULL;

    if (!user_creatable_add_from_str(text, &error)) {
        if (!error) {
            /* It was a question, and has been answered. */
            exit(EXIT_SUCCESS);
        }
        error_propagate(errp, error);
        return NULL;
    }
    return take_creds(id, errp);
}
