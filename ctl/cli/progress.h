/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a command has come, for whoever waits for it: one line on standard error,
 * from the first second on, rewritten a few times a second and wiped in the end.
 * Only on a terminal.
 */
#ifndef CTL_CLI_PROGRESS_H
#define CTL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;	/* "blocks read" */
	int64_t next_ms;	/* when the line is due again */
	bool shown;
	bool off;
};

void progress_begin(struct progress *p, const char *what);
/* n of total; total 0: not known. */
void progress_tell(struct progress *p, uint64_t n, uint64_t total);
/* The same of what a verb counts, such as an audit; progress: the struct. */
void progress_see(const char *what, uint64_t n, uint64_t total, void *progress);
void progress_end(struct progress *p);	/* also for __cleanup */

#endif
