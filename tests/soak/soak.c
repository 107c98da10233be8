/*
 * Thousands of connections over TCP, TLS and WebSocket that open, transfer, break and
 * close at random, for as long as one likes. In the end every byte of those that
 * were not broken must have come, and the process must hold what it held before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <sys/resource.h>

#include "../c/testing.h"
#include "../c/tls-fixture.h"
#include "level.h"
#include "pattern.h"
#include "swarm.h"

/* What the heap may gain and not be called a leak: caches of GLib and GnuTLS. */
#define HEAP_TOLERANCE (256 * 1024)
/* The same for the pages of the process, which also hold free memory between used. */
#define RESIDENT_TOLERANCE (16 * 1024 * 1024)

/* A machine that is slow or has other things to do may never have all of them. */
#define FILL_SECONDS 120

/* Connections still live so long after nothing more is opened hang. */
#define DRAIN_SECONDS 120
/* Threads that have nothing to do may stay so long. */
#define SETTLE_SECONDS 15

static double opt_minutes = 1;
static int opt_connections = 2000;
static int opt_seed = -1;

static const GOptionEntry options[] = {
    { "minutes", 'm', 0, G_OPTION_ARG_DOUBLE, &opt_minutes, "How long (1)", "MINUTES" },
    { "connections", 'c', 0, G_OPTION_ARG_INT, &opt_connections,
      "How many are open at a time (2000)", "N" },
    { "seed", 's', 0, G_OPTION_ARG_INT, &opt_seed, "What chance depends on", "N" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static gboolean set_true(gpointer flag)
{
    *(bool *)flag = true;
    return G_SOURCE_REMOVE;
}

static gboolean sample(gpointer peak)
{
    *(Level *)peak = level_peak(*(Level *)peak, level_now());
    return G_SOURCE_CONTINUE;
}

/* Runs the main loop. */
static void run_for(double seconds)
{
    bool is_over = false;

    g_timeout_add(seconds * 1000, set_true, &is_over);
    while (!is_over) {
        g_main_context_iteration(NULL, TRUE);
    }
}

/* Opens all connections. */
static void fill_up(void)
{
    bool is_late = false;
    guint timer = g_timeout_add_seconds(FILL_SECONDS, set_true, &is_late);

    swarm_hold(opt_connections);
    while (swarm_live() < 2 * (unsigned)opt_connections && !is_late) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (!is_late) {
        g_source_remove(timer);
    }
}

/* Lets all connections end. False: some do not. */
static bool drain(void)
{
    bool is_late = false;
    guint timer;

    swarm_hold(0);
    timer = g_timeout_add_seconds(DRAIN_SECONDS, set_true, &is_late);
    while (!swarm_is_drained() && !is_late) {
        g_main_context_iteration(NULL, TRUE);
    }
    if (!is_late) {
        g_source_remove(timer);
    }
    return !is_late;
}

/* Waits until idle threads have gone. */
static Level settled_level(unsigned threads)
{
    gint64 limit = g_get_monotonic_time() + SETTLE_SECONDS * G_TIME_SPAN_SECOND;
    Level level;

    do {
        run_for(0.1);
        level = level_now();
    } while (level.threads > threads && g_get_monotonic_time() < limit);
    return level;
}

static guint64 print_totals(void)
{
    static const char *const names[] = { "TCP", "TLS", "WebSocket", "WebSocket over TLS" };
    guint64 faults = 0;

    printf("%-18s %8s %8s | %7s %7s %7s %7s | %14s %14s %14s %6s\n", "over", "opened",
           "orderly", "reset", "shut", "dropped", "refused", "bytes sent", "received",
           "before a break", "faults");
    for (Stack stack = 0; stack < STACK_COUNT; stack++) {
        const Totals *totals = swarm_totals(stack);
        const guint64 *ended = totals->ended;

        printf("%-18s %8" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT " | %7" G_GUINT64_FORMAT
               " %7" G_GUINT64_FORMAT " %7" G_GUINT64_FORMAT " %7" G_GUINT64_FORMAT
               " | %14" G_GUINT64_FORMAT " %14" G_GUINT64_FORMAT " %14" G_GUINT64_FORMAT
               " %6" G_GUINT64_FORMAT "\n", names[stack], totals->opened,
               ended[FATE_ORDERLY], ended[FATE_RESET], ended[FATE_SHUTDOWN],
               ended[FATE_DROPPED], ended[FATE_REFUSED], totals->sent, totals->received,
               totals->cut, totals->faults);
        faults += totals->faults;
    }
    return faults;
}

/* One row; true if the end is at the start's level. */
static bool print_row(const char *what, size_t start, size_t peak, size_t end,
                      size_t tolerance)
{
    bool is_good = end <= start + tolerance;

    printf("%-18s %14zu %14zu %14zu  %s\n", what, start, peak, end,
           is_good ? "ok" : "GREW");
    return is_good;
}

static bool print_levels(const Level *start, const Level *peak, const Level *end)
{
    bool is_good = true;

    printf("\n%-18s %14s %14s %14s\n", "held", "start", "peak", "end");
    is_good &= print_row("heap bytes", start->heap, peak->heap, end->heap, HEAP_TOLERANCE);
    is_good &= print_row("resident bytes", start->resident, peak->resident, end->resident,
                         RESIDENT_TOLERANCE);
    is_good &= print_row("descriptors", start->descriptors, peak->descriptors,
                         end->descriptors, 0);
    is_good &= print_row("threads", start->threads, peak->threads, end->threads, 0);
    return is_good;
}

/* Two descriptors for each connection, and some for the rest. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    rlim_t wanted = 2 * (rlim_t)opt_connections + 256;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = MAX(limit.rlim_cur, MIN(wanted, limit.rlim_max));
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < wanted) {
        opt_connections = (limit.rlim_cur - 256) / 2;
        printf("only %d connections: the limit of descriptors is %ju\n", opt_connections,
               (uintmax_t)limit.rlim_cur);
    }
}

static void parse(int argc, char **argv)
{
    GOptionContext *context = g_option_context_new(NULL);
    GError *error = NULL;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1 ||
        opt_minutes <= 0 || opt_connections < 1) {
        g_printerr("soak: %s\n", error ? error->message : "wrong arguments: see --help");
        exit(2);
    }
    g_option_context_free(context);
    if (opt_seed < 0) {
        opt_seed = g_random_int_range(0, G_MAXINT);
    }
}

int main(int argc, char **argv)
{
    g_autofree char *tls_dir = NULL;
    double seconds;
    Level start, peak, end;
    GRand *random;
    guint sampler;
    bool is_good;

    parse(argc, argv);
    allow_descriptors();
    seconds = opt_minutes * 60;
    random = g_rand_new_with_seed(opt_seed);
    pattern_init(random);
    tls_dir = tls_make_x509_dir();
    swarm_init(random, tls_dir);
    printf("%d connections for %g minutes, seed %d\n", opt_connections, opt_minutes, opt_seed);

    /* The first time fills caches and lazily made tables. */
    fill_up();
    is_good = drain();
    start = settled_level(1);
    peak = start;
    sampler = g_timeout_add(250, sample, &peak);
    swarm_hold(opt_connections);
    run_for(seconds);
    is_good = drain() && is_good;
    g_source_remove(sampler);
    end = settled_level(start.threads);

    if (!is_good) {
        printf("%u ends are still there after %d seconds\n", swarm_live(), DRAIN_SECONDS);
    }
    is_good &= print_totals() == 0;
    is_good &= print_levels(&start, &peak, &end);
    printf("%s\n", is_good ? "Nothing lost." : "FAILED");
    if (swarm_is_drained()) {
        swarm_finish();
    }
    testing_remove_dir(g_steal_pointer(&tls_dir));
    g_rand_free(random);
    return is_good ? 0 : 1;
}
