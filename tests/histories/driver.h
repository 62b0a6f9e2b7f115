/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the nodes' workers and the administrator share.
 */
#ifndef TESTS_HISTORIES_DRIVER_H
#define TESTS_HISTORIES_DRIVER_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

#define NODES 4

/* As given on the command line and in the environment. */
struct driver {
	const char *folder, *plugin, *late_plugin, *ctl;
	int64_t limit_ms, until_us;
	uint64_t seed;
};

extern struct driver driver;

bool time_is_up(void);

/* The next of a row of numbers, below n. */
unsigned chance(uint64_t *row, unsigned n);
void nap(uint64_t *row, unsigned ms);

/* A line of the history. */
void tell(const char *fmt, ...) __printf_like(1, 2);

/* Creates, splits, disables and deletes pools, and checks and mends, until time is up. */
void *administrate(void *unused);

#endif
