/*
 * Test: the io headers include their host's block/aio.h for those who include them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
