/*
 * Runs scenarios again and again, and lets another call fail each time.
 *
 * Each number has two processes of its own. One runs the scenario without a fault
 * first, which fills all caches, and then a few times with the same fault: memory that
 * is still there after each run, and more each time, has leaked. The other does
 * everything for the first time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "qemu/osdep.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "faults.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "sweep.h"

/* Longer than any scenario takes on a slow machine: it hangs. */
#define PATIENCE_S 20
/* How often a run with a fault is repeated. */
#define ROUNDS 3
/* For memory that another thread is about to free. */
#define SETTLING_STEPS 400
#define SETTLING_US 500
/* How many calls are enough for the quick way, and the stride beyond them. */
#define QUICK_CALLS 24
#define QUICK_STRIDE 7
/* Of this many failures of one kind the rest is known. */
#define ENOUGH 4

/* How a process ends. */
enum {
    COMPLETE = 0, /* and nothing failed: there is no such call */
    SURVIVED = 10,
    FAILED = 11,
};

static FaultsReport *report;

/*
 * Outcomes.
 */

void outcome_failed(Outcome *outcome, const char *format, ...)
{
    va_list arguments;

    g_mutex_lock(&outcome->lock);
    if (!outcome->error) {
        va_start(arguments, format);
        outcome->error = g_strdup_vprintf(format, arguments);
        va_end(arguments);
    }
    g_mutex_unlock(&outcome->lock);
}

void outcome_error(Outcome *outcome, Error *err)
{
    if (err) {
        outcome_failed(outcome, "%s", error_get_pretty(err));
        error_free(err);
    }
}

bool outcome_is_good(Outcome *outcome)
{
    bool good;

    g_mutex_lock(&outcome->lock);
    good = !outcome->error;
    g_mutex_unlock(&outcome->lock);
    return good;
}

/*
 * One process.
 */

const char *sweep_fault(void)
{
    return report->function;
}

static unsigned open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    while (readdir(directory)) {
        count++;
    }
    closedir(directory);
    return count;
}

static gboolean never(gpointer opaque)
{
    return G_SOURCE_REMOVE;
}

/* The sources in the default context; numbers are given out in order. */
static unsigned live_sources(void)
{
    guint newest = g_idle_add(never, NULL);
    unsigned count = 0;

    for (guint id = 1; id < newest; id++) {
        count += g_main_context_find_source_by_id(NULL, id) != NULL;
    }
    g_source_remove(newest);
    return count;
}

typedef struct Holdings {
    unsigned descriptors, sources;
    size_t memory;
} Holdings;

static Holdings look(void)
{
    return (Holdings){ open_descriptors(), live_sources(), faults_live_memory() };
}

/* Looks until there is no more than before, for a while. */
static Holdings settle(const Holdings *before)
{
    Holdings now = look();

    for (int i = 0; i < SETTLING_STEPS && (now.descriptors != before->descriptors ||
                                           now.sources != before->sources ||
                                           now.memory > before->memory); i++) {
        g_usleep(SETTLING_US);
        now = look();
    }
    return now;
}

/*
 * A signal ends the opening of a FIFO, as it should; and a close() that it ends may not
 * have sent or written everything, so it must not be called a success.
 */
static bool is_told_of_signals(const char *function)
{
    return g_str_has_prefix(function, "open") || g_str_equal(function, "close");
}

/* Why a run must not end like that; or NULL. */
static const char *objection(const Scenario *scenario, const FaultsKind *kind,
                             const Outcome *outcome)
{
    bool may_block = scenario->traits & BLOCKS && g_str_equal(kind->name, "EAGAIN");
    bool is_told = g_str_equal(kind->name, "EINTR") && is_told_of_signals(report->function);

    if (!outcome->error) {
        return NULL;
    }
    if (!report->fired) {
        return "an error without a cause";
    }
    return kind->is_transparent && !may_block && !is_told ?
        "an error where nothing was lost" : NULL;
}

static void run_once(const Scenario *scenario, const FaultsKind *kind, unsigned nth)
{
    Outcome outcome = { 0 };
    const char *problem;

    faults_arm(kind, nth, scenario->traits & WITH_GLIB);
    scenario->run(&outcome);
    faults_disarm();
    problem = objection(scenario, kind, &outcome);
    if (problem) {
        printf("%s: %s\n", problem, outcome.error);
        exit(FAILED);
    }
    g_free(outcome.error);
}

static void check(const char *what, size_t before, size_t after)
{
    if (before != after) {
        printf("%s: %zu before, %zu after\n", what, before, after);
        exit(FAILED);
    }
}

/* With all caches empty: what is left behind may be one. */
static G_NORETURN void run_cold(const Scenario *scenario, const FaultsKind *kind, unsigned nth)
{
    run_once(scenario, kind, nth);
    exit(report->fired ? SURVIVED : COMPLETE);
}

static G_NORETURN void run_warm(const Scenario *scenario, const FaultsKind *kind, unsigned nth)
{
    Holdings before, after;
    size_t grown = 0;
    bool fired = false;

    faults_follow_memory();
    /* The default context keeps a descriptor. */
    live_sources();
    run_once(scenario, kind, 0);
    before = look();
    for (int round = 0; round < ROUNDS; round++) {
        run_once(scenario, kind, nth);
        fired |= report->fired > 0;
        after = settle(&before);
        check("descriptors", before.descriptors, after.descriptors);
        check("sources", before.sources, after.sources);
        grown += after.memory > before.memory;
        before = after;
        if (!fired) {
            /* It would be the same again. */
            break;
        }
    }
    if (grown == ROUNDS) {
        printf("memory leaks\n");
        exit(FAILED);
    }
    exit(fired ? SURVIVED : COMPLETE);
}

/*
 * All processes.
 */

/* Whether the last words of a process say that there is not enough memory. */
static bool names_memory(const char *output)
{
    return strstr(output, "memory") || strstr(output, "failed to allocate");
}

/* Whether a process may end by that signal: abort() with a message, or g_error(). */
static bool is_accepted_end(const Scenario *scenario, const FaultsKind *kind, int signal,
                            const char *output)
{
    bool may_abort = g_str_equal(kind->name, "malloc") ||
                     (scenario->traits & MAY_ABORT && g_str_equal(kind->name, "ENOMEM"));

    return may_abort && report->fired && (signal == SIGABRT || signal == SIGTRAP) &&
           names_memory(output);
}

static char *read_output(FILE *file)
{
    long size;
    char *text;

    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    text = g_malloc0(size + 1);
    size = fread(text, 1, size, file);
    return text;
}

typedef enum Verdict { GOOD, NOT_REACHED, BAD } Verdict;

static Verdict judge(const Scenario *scenario, const FaultsKind *kind, unsigned nth, int status,
                     char *output)
{
    g_auto(GStrv) lines = NULL;

    if (WIFEXITED(status) && WEXITSTATUS(status) == COMPLETE) {
        return NOT_REACHED;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == SURVIVED) {
        return GOOD;
    }
    if (WIFSIGNALED(status) &&
        is_accepted_end(scenario, kind, WTERMSIG(status), output)) {
        return GOOD;
    }
    printf("# %s with %s in call %u (%s): %s %d\n", scenario->name, kind->name, nth,
           report->fired ? report->function : "not reached",
           WIFSIGNALED(status) ? WTERMSIG(status) == SIGALRM ? "hangs, signal" : "signal" : "exit",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    lines = g_strsplit(g_strchomp(output), "\n", -1);
    for (char **line = lines; *line; line++) {
        printf("#   %s\n", *line);
    }
    return BAD;
}

static void become_group(void)
{
    struct rlimit no_core = { 0 };

    /* So that the commands of a scenario end with it. */
    setpgid(0, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(PATIENCE_S);
}

typedef void (*Run)(const Scenario *scenario, const FaultsKind *kind, unsigned nth);

static Verdict try_in_process(Run run, const Scenario *scenario, const FaultsKind *kind,
                              unsigned nth)
{
    FILE *output = tmpfile();
    g_autofree char *text = NULL;
    int status = 0;
    pid_t pid;

    memset(report, 0, sizeof(*report));
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        become_group();
        dup2(fileno(output), STDOUT_FILENO);
        dup2(fileno(output), STDERR_FILENO);
        run(scenario, kind, nth);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    kill(-pid, SIGKILL);
    text = read_output(output);
    fclose(output);
    return judge(scenario, kind, nth, status, text);
}

static Verdict try_number(const Scenario *scenario, const FaultsKind *kind, unsigned nth,
                          unsigned *tried)
{
    Verdict warm = scenario->traits & ONCE ? NOT_REACHED :
                   try_in_process(run_warm, scenario, kind, nth);
    Verdict cold = try_in_process(run_cold, scenario, kind, nth);

    *tried += (warm != NOT_REACHED) + (cold != NOT_REACHED);
    return warm == BAD || cold == BAD ? BAD : warm == GOOD || cold == GOOD ? GOOD : NOT_REACHED;
}

static unsigned after(unsigned nth, bool quick)
{
    return quick && nth >= QUICK_CALLS ? nth + QUICK_STRIDE : nth + 1;
}

/* All numbers of one kind, or up to a few that went wrong. */
static bool sweep(const Scenario *scenario, const FaultsKind *kind, bool quick, unsigned *tried)
{
    unsigned bad = 0;

    for (unsigned nth = 1;; nth = after(nth, quick)) {
        Verdict verdict = try_number(scenario, kind, nth, tried);

        if (verdict == NOT_REACHED) {
            return bad == 0;
        }
        bad += verdict == BAD;
        if (bad == ENOUGH) {
            return false;
        }
    }
}

static bool is_without(const Scenario *scenario, const FaultsKind *kind)
{
    g_auto(GStrv) names = g_strsplit(scenario->without ? scenario->without : "", " ", -1);

    return g_strv_contains((const char *const *)names, kind->name);
}

static int sweep_all(const Scenario *scenarios, const char *only, bool quick)
{
    unsigned line = 0, total = 0;
    bool good = true;

    for (const Scenario *scenario = scenarios; scenario->name; scenario++) {
        for (const FaultsKind *kind = faults_kinds; kind->name; kind++) {
            unsigned tried = 0;
            bool passed;

            if (is_without(scenario, kind) || (only && !g_str_equal(only, scenario->name))) {
                continue;
            }
            passed = sweep(scenario, kind, quick, &tried);
            printf("%s %u - %s, %s: %u injections\n", passed ? "ok" : "not ok", ++line,
                   scenario->name, kind->name, tried);
            fflush(stdout);
            good &= passed;
            total += tried;
        }
    }
    printf("1..%u\n# %u injections\n", line, total);
    return good ? 0 : 1;
}

/* For looking at one case: everything stays in this process. */
static int run_one(const Scenario *scenarios, char **argv)
{
    for (const Scenario *scenario = scenarios; scenario->name; scenario++) {
        for (const FaultsKind *kind = faults_kinds; kind->name; kind++) {
            if (g_str_equal(scenario->name, argv[1]) && g_str_equal(kind->name, argv[2])) {
                run_warm(scenario, kind, atoi(argv[3]));
            }
        }
    }
    fprintf(stderr, "there is no such scenario, or no such kind of fault\n");
    return 2;
}

static void log_plainly(const char *domain, GLogLevelFlags level, const char *message,
                        gpointer unused)
{
    fprintf(stderr, "%s: %s\n", domain, message);
}

void sweep_init(void)
{
    /* GLib's own begins with g_once_init_enter(), and hangs if it is to say that memory ran
     * out in there. */
    g_log_set_default_handler(log_plainly, NULL);
    report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                  0);
    g_assert_true(report != MAP_FAILED);
    faults_report_to(report);
    /* As in any program that uses GLib; a broken pipe is an error and no end. */
    signal(SIGPIPE, SIG_IGN);
    module_call_init(MODULE_INIT_QOM);
}

int sweep_main(int argc, char **argv, const Scenario *scenarios)
{
    bool quick = argc > 1 && g_str_equal(argv[1], "--quick");

    if (argc == 4) {
        return run_one(scenarios, argv);
    }
    return sweep_all(scenarios, argc > 1 && !quick ? argv[1] : NULL, quick);
}
