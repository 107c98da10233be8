/*
 * What the C tests share.
 *
 * A test program looks like this:
 *
 *     int main(int argc, char **argv)
 *     {
 *         testing_init(&argc, &argv);
 *         testing_add("/file/end-of-file", test_end_of_file);
 *         return g_test_run();
 *     }
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTING_H
#define TESTING_H

#include <glib.h>

/*
 * Starts GLib's test framework. Descriptors that GLib keeps for the life of the
 * process are opened now, so that no test is blamed for them; a program that
 * causes others of that kind does so between this call and the first test.
 */
void testing_init(int *argc, char ***argv);

/*
 * Adds a test that fails if it leaves a descriptor open that was not open
 * before, or closes one that was.
 */
void testing_add(const char *path, void (*func)(void));

/* Whether the descriptor is open. */
gboolean testing_fd_is_open(int fd);

/* How many entries a directory has. */
unsigned testing_count_entries(const char *path);

/* How many threads the process has. */
int testing_count_threads(void);

/* A pipe, both ends close-on-exec and blocking: fds[0] to read, fds[1] to write. */
void testing_pipe(int fds[2]);

/* A connected pair of Unix stream sockets, close-on-exec and blocking. */
void testing_socket_pair(int fds[2]);

/* Writes to a socket until its queue is full: from then on it is not writable. */
void testing_fill(int fd);

/* A new empty directory; its path is for testing_remove_dir(). */
char *testing_make_dir(void);

/* Removes the directory with everything in it, and frees the path. */
void testing_remove_dir(char *path);

#endif
