/*
 * Test: what the io headers need of their host's qemu/coroutine.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef HOST_COROUTINE_H
#define HOST_COROUTINE_H

#define coroutine_fn

#endif
