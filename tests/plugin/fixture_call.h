/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the plugin within the test's own process, on a local store in a folder of
 * its own: what the executable does between its environment and its stdout.
 */
#ifndef TESTS_PLUGIN_FIXTURE_CALL_H
#define TESTS_PLUGIN_FIXTURE_CALL_H

#include "base/buf.h"

#include <stddef.h>
#include <sys/types.h>

extern char call_folder[64];	/* removed at the end */
extern struct buf call_out;	/* stdout of the last call */
extern int64_t call_age_ms;	/* for how long a call's process has run when it comes */

/* Sets the environment; what is logged goes to the file "stderr" in the folder. */
void call_setup(void);
void call_teardown(void);

/* Runs a command for a container; returns the exit status. */
int call_bytes(const char *command, const char *container, const void *input, size_t len);
/* The same with `keys` beside the usual ones of a configuration. */
int call(const char *command, const char *container, const char *keys);

/* The last answer is an error of this code whose msg holds the word. */
void call_expect_error(int code, const char *word);

/* What was logged so far, into a text that is not begun yet. */
void call_read_stderr(struct buf *text);

/* True once the process waits for a flock(2). */
bool call_waits_for_a_lock(pid_t pid);
/* A process that holds the lock; the caller ends it. */
int call_hold_lock(const char *path);
/* A process that gives each request this answer, none for NULL; the caller ends it. */
int call_serve(const char *answer, unsigned *ret_port);
/* The same of the first so many, and the rest is given none. */
int call_serve_first(const char *answer, unsigned n, unsigned *ret_port);
/* How many connections it has had, each of which is a request if none is kept. */
unsigned call_connections(void);

/* How many containers hold addresses: handles in the store. */
unsigned call_holders(void);

/* Writes a record past everything that would check it. */
void call_write_record(const char *key, const char *value);

#endif
