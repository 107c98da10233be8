/*
 * What channels cost, beside what they stand on: raw system calls, GLib's own
 * sources, raw GnuTLS, raw corosensei. Uses the public C API only.
 *
 * Prints one line for each row, fields separated by tabs: section, name, unit, our
 * cost, the reference's, the ratio, the target. scripts/bench.sh makes a table of it.
 *
 *     qio-bench [PART-OF-A-NAME]
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <sys/resource.h>

#include "qemu/main-loop.h"
#include "qapi/error.h"

const char *bench_filter;
FILE *bench_output;

/* The larger rows need as many descriptors as the system lets a process have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    bench_require(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    bench_require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "usage: %s [PART-OF-A-NAME]\n", argv[0]);
        return 2;
    }
    bench_filter = argv[1];
    bench_output = stdout;
    raise_descriptor_limit();
    module_call_init(MODULE_INIT_QOM);
    qemu_init_main_loop(&error_abort);

    bench_sockets();
    bench_channels();
    bench_watches();
    bench_coroutines();
    bench_tasks();
    bench_tls();
    bench_websock();
    bench_memory();
    bench_growth();
    return 0;
}
