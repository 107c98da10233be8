/*
 * qio-bridge: a channel that gives back what was already read from another one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef QIO_BRIDGE_REPLAY_H
#define QIO_BRIDGE_REPLAY_H

#include "io/channel.h"

#define TYPE_REPLAY_CHANNEL "qio-bridge-replay"
OBJECT_DECLARE_SIMPLE_TYPE(ReplayChannel, REPLAY_CHANNEL)

/*
 * Creates a channel whose readers get the bytes of `head` first and then what comes
 * from `below`; everything else passes through. `below` is referenced, `head` copied.
 */
ReplayChannel *replay_channel_new(QIOChannel *below, const void *head, size_t size);

#endif
