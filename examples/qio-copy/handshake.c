/*
 * qio-copy: waiting for a handshake.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include "../common/layer.h"
#include "handshake.h"
#include "qapi/error.h"
#include "qom/object.h"

/* A handshake in progress. */
typedef struct {
    bool is_over;
    Error *error;
} Handshake;

static void on_handshake(QIOTask *task, gpointer opaque)
{
    Handshake *handshake = opaque;

    qio_task_propagate_error(task, &handshake->error);
    handshake->is_over = true;
}

bool handshake_run(QIOChannel *layer, Error **errp)
{
    Handshake handshake = { 0 };

    layer_handshake(layer, on_handshake, &handshake, NULL);
    /* It may be over before there was anything to wait for. */
    while (!handshake.is_over) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (handshake.error) {
        object_unref(OBJECT(layer));
        error_propagate(errp, handshake.error);
        return false;
    }
    return true;
}
