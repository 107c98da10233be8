/*
 * The C-variadic functions of the standalone runtime.
 *
 * Rust cannot define them on a stable compiler: each one formats with GLib and
 * calls a Rust function (qiochannel_*) that does the work.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
