/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of an executable: what it said, how it ended, and from when to when.
 */
#ifndef TESTS_HISTORIES_CALL_H
#define TESTS_HISTORIES_CALL_H

#include <stdbool.h>
#include <stdint.h>

#define CALL_OUT_MAX 16384	/* bytes of stdout that are kept */
#define CALL_HANGS_MS 60000	/* so long after its limit it is killed */
#define CALL_VARIABLES_MAX 8

struct call {
	const char *const *argv;
	const char *const *variables;	/* of the environment, beside ours; ends in NULL, or NULL */
	const char *input, *log;	/* files; stdin, and what stderr is added to */
	int64_t limit_ms;
	int64_t kill_after_ms;		/* 0: it is not killed */
};

struct outcome {
	int64_t begin_us, end_us;
	int64_t waited_ms;		/* for a processor */
	bool killed;			/* as it was to be */
	int status;			/* of its exit; 128 and more: the signal that ended it */
	char out[CALL_OUT_MAX];
};

/* Microseconds of the clock that /proc/uptime shows. */
int64_t call_now_us(void);

void call_run(const struct call *c, struct outcome *ret);

#endif
