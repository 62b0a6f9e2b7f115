/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fibers: functions with stacks of their own, of which one runs at a time until it yields.
 *
 * So the simulator's actors call the verbs of ipam/ as they are, and stop in the middle of
 * each request to let others come in.
 */
#ifndef TESTS_SIM_FIBER_H
#define TESTS_SIM_FIBER_H

#include <stdbool.h>

struct fiber;

/* Out of memory aborts the test. */
struct fiber *fiber_new(void);
/* One that has ended, or was never started. */
void fiber_free(struct fiber *f);

/* Runs until its first yield, or to its end.  One that has ended may be started again. */
void fiber_start(struct fiber *f, void (*run)(void *arg), void *arg);
/* Goes on behind its last yield, until the next or to its end. */
void fiber_resume(struct fiber *f);
bool fiber_has_ended(const struct fiber *f);

/* Back to who started or resumed the fiber that runs. */
void fiber_yield(void);

#endif
