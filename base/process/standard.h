/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stdin, stdout and stderr, which a caller may have closed.
 *
 * The first file that is opened would take the place of one that is closed, and what is
 * meant for people would be written into it: into a connection, or into a file of the store.
 */
#ifndef BASE_PROCESS_STANDARD_H
#define BASE_PROCESS_STANDARD_H

/*
 * First in each main(): what is closed is opened on /dev/null, stdout for reading only, so
 * that writing an answer still fails.
 */
void standard_open(void);
/* Of what was printed to stdout, the exit status: 1 if it is lost, which is then said. */
int standard_printed(const char *program);

#endif
