/*
 * Measuring: short timed runs that take turns, medians of rounds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#include <malloc.h>
#include <time.h>

enum {
    /* Odd, so that a median is one of the values. */
    ROUNDS = 15,
    RUNS_PER_ROUND = 31,
    RUN_NANOSECONDS = 50000,
};

extern const char *bench_filter;
extern FILE *bench_output;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare_doubles);
    return values[count / 2];
}

/* On a busy machine most of the longer runs are interrupted, but not all. */
static double lower_quartile(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare_doubles);
    return values[count / 4];
}

/* Nanoseconds of one run. */
static double timed_run(const BenchSide *side, void *state, unsigned count)
{
    double start, end;

    if (side->prepare) {
        side->prepare(state, count);
    }
    start = now();
    side->run(state, count);
    end = now();
    if (side->clean) {
        side->clean(state, count);
    }
    return end - start;
}

/* How often a run of the side must do its thing to be worth timing. */
static unsigned calibrated(const BenchSide *side, void *state)
{
    unsigned count = 1;

    while (count < 1u << 20 && timed_run(side, state, count) < RUN_NANOSECONDS) {
        count *= 2;
    }
    return count;
}

/*
 * One round: the sides take turns from run to run, so whatever else the machine
 * does meets both alike; a run that was interrupted does not count.
 */
static void measure_round(const BenchRow *row, unsigned count, double *ours, double *reference)
{
    double our_runs[RUNS_PER_ROUND], reference_runs[RUNS_PER_ROUND];
    size_t i;

    if (row->change) {
        row->change(row->state, true);
        for (i = 0; i < RUNS_PER_ROUND; i++) {
            our_runs[i] = timed_run(&row->ours, row->state, count);
        }
        row->change(row->state, false);
        for (i = 0; i < RUNS_PER_ROUND; i++) {
            reference_runs[i] = timed_run(&row->reference, row->state, count);
        }
    } else {
        for (i = 0; i < RUNS_PER_ROUND; i++) {
            our_runs[i] = timed_run(&row->ours, row->state, count);
            reference_runs[i] = timed_run(&row->reference, row->state, count);
        }
    }
    *ours = lower_quartile(our_runs, RUNS_PER_ROUND) / count;
    *reference = lower_quartile(reference_runs, RUNS_PER_ROUND) / count;
}

void bench_compare(const BenchRow *row)
{
    double ours[ROUNDS], reference[ROUNDS], ratio[ROUNDS];
    unsigned count = row->count;
    const char *section = row->section ? row->section : "cost";
    size_t i;

    if (!bench_wanted(row->name) && !bench_wanted(section)) {
        return;
    }
    if (row->change) {
        row->change(row->state, false);
    }
    if (!count) {
        count = calibrated(&row->reference, row->state);
    }
    /* The first round warms caches, pools and the branch predictor. */
    measure_round(row, count, &ours[0], &reference[0]);
    for (i = 0; i < ROUNDS; i++) {
        measure_round(row, count, &ours[i], &reference[i]);
        ratio[i] = ours[i] / reference[i];
    }
    fprintf(bench_output, "%s\t%s\tns\t%.2f\t%.2f\t%.4f\t%g\n", section, row->name,
            median(ours, ROUNDS), median(reference, ROUNDS), median(ratio, ROUNDS), row->target);
    fflush(bench_output);
}

void bench_report(const char *section, const char *name, const char *unit,
                  double ours, double reference, double target)
{
    fprintf(bench_output, "%s\t%s\t%s\t%.2f\t", section, name, unit, ours);
    if (reference > 0) {
        fprintf(bench_output, "%.2f\t%.4f\t%g\n", reference, ours / reference, target);
    } else {
        fprintf(bench_output, "\t\t%g\n", target);
    }
    fflush(bench_output);
}

bool bench_wanted(const char *name)
{
    return !bench_filter || strstr(name, bench_filter);
}

bool bench_group_wanted(const char *start)
{
    return !bench_filter || g_str_has_prefix(bench_filter, start) ||
           g_str_has_prefix(start, bench_filter);
}

size_t bench_heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

size_t bench_resident(void)
{
    unsigned long total, resident;
    FILE *file = fopen("/proc/self/statm", "r");

    bench_require(file && fscanf(file, "%lu %lu", &total, &resident) == 2);
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}
