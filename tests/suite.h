/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a check program, tests/<room>/check_<noun>.c, offers to tests/main.c, the main of
 * them all.
 */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>

/*
 * Seconds of processor time, on any machine, for what is linear: what is quadratic takes a
 * minute and more of what such a test hands it.
 */
#define LINEAR_MAX_S 20

/* The tests of this file; tests/main.c runs and frees them. */
Suite *suite(void);

/*
 * What the program does when it is started with arguments, as its own tests start it when
 * they need another process; returns the exit status.  A file that needs none leaves it out.
 */
int run_as_task(int argc, char *argv[]);

#endif
