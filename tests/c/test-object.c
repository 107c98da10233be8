/*
 * Creation, references and finalisation of objects.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"
#include "qom/object.h"

int main(void) { Object *o = object_new("container"); object_unref(o); return 0; }
