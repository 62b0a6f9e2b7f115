/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program, run with its standard streams in memory, and if somebody watches, stopped
 * by ptrace(2) at the begin and the end of each of its system calls, from its entry
 * point on: what the dynamic loader does before is nobody's business.
 *
 * The watcher sees each call before it is done and after, and says what becomes of it.
 * Killed at its begin, a call is not done; killed at its end, it is, and nothing else.
 * Linux on x86-64.
 */
#ifndef TESTS_KILLS_TRACE_H
#define TESTS_KILLS_TRACE_H

#include "base/buf.h"

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

enum moment { CALL_BEGINS, CALL_HAS_ENDED };

struct call {
	pid_t pid;
	unsigned index;		/* from 0 on */
	long number;		/* SYS_… */
	uint64_t args[6];
	int64_t result;		/* once it has ended; an error is -errno */
};

#define TRACE_GO_ON 0
#define TRACE_KILL (-1)

/*
 * Returns one of these, or an errno: at a call's begin that with which it fails instead,
 * at its end that of which it tells although it was done.
 */
typedef int call_watcher(const struct call *call, enum moment moment, void *arg);

struct program {
	const char *const *argv;	/* the first is the executable's path */
	const char *const *env;
	const char *input;		/* for stdin; NULL: nothing */
	unsigned limit_s;		/* it is killed after that; 0: 30 */
	call_watcher *watch;		/* NULL: it is not traced */
	void *arg;
};

struct outcome {
	bool killed;		/* by the watcher */
	bool late;		/* it took longer than its limit */
	int signal;		/* that ended it; else 0 */
	int status;		/* its exit status */
	unsigned calls;		/* that it made while it was traced */
	struct buf out, said;	/* stdout, stderr */
};

/* Aborts the test if the program cannot be run at all. */
void program_run(const struct program *p, struct outcome *ret);
void outcome_done(struct outcome *o);	/* also for __cleanup */

/* "pwrite64"; the number where the name is not known. */
const char *call_name(long number);

/* Copies from the traced process.  Aborts the test if it cannot. */
void call_memory(const struct call *call, uint64_t address, void *out, size_t len);
/* A path. */
void call_text(const struct call *call, uint64_t address, char out[PATH_MAX]);

/* Ends the test: "FAILED: …" on stderr, status 1. */
void stop_test(const char *fmt, ...) __attribute__((noreturn)) __printf_like(1, 2);

#endif
