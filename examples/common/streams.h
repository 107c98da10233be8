/*
 * The standard streams of a process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EXAMPLES_STREAMS_H
#define EXAMPLES_STREAMS_H

/*
 * Fills the place of those that are closed: the next descriptor that the program gets
 * would have the number of one, and what is printed would go there. Reading from the
 * input and writing to the output fails as before. To be called first in main().
 */
void streams_open(void);

#endif
