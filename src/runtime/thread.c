/*
 * Where a thread finds its state, and the coroutine that runs on it.
 *
 * Rust's own thread-locals are reached through a function of the dynamic linker. A
 * switch of coroutines looks so often that this would be a fifth of its cost. These
 * two have a fixed distance from where the thread begins. Libraries that a program
 * loads later share little room there, so everything else stays behind a pointer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define HIDDEN __attribute__((visibility("hidden")))

struct Here {
    void *thread;
    void *coroutine;
};

HIDDEN __thread struct Here qiochannel_here __attribute__((tls_model("initial-exec")));

/* The same, for processors whose instructions thread.rs does not spell out. */
HIDDEN struct Here *qiochannel_find_here(void);

struct Here *qiochannel_find_here(void)
{
    return &qiochannel_here;
}
